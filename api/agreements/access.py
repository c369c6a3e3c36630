"""Who may read a written agreement, and who may change it. The one place that says so."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select

from api.access.actor import Actor
from api.agreements.models import Agreement
from api.families.access import involved
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Every agency that is involved with the family, from the first draft: all must know what is
    agreed with it. Break-glass opens none."""
    return involved(Agreement.family_id, agency)


def _readable(agency: Expression, agreement_id: Expression) -> ColumnElement[bool]:
    found = select(Agreement.id).where(Agreement.id == agreement_id, readable_by(agency))
    return exists(found).correlate_except(Agreement)


register(Resource("agreement", "/v1/agreements", _readable))


def check_owns(actor: Actor, agreement: Any) -> None:
    """Raises Forbidden: only the agency that answers for an agreement changes it."""
    if agreement.agency_id != actor.agency_id:
        raise Forbidden
