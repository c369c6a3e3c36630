"""Who may read what was recorded of a family's engagement, and who may change it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from api.access.actor import Actor
from api.engagement import rules
from api.engagement.models import EngagementVersion, Recorded
from api.families.access import involved
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, register


def readable_by(model: type[Recorded], agency: Expression) -> ColumnElement[bool]:
    """Every agency involved with the family, while it is. Break-glass opens none of it."""
    return involved(model.family_id, agency)


def version_readable_by(agency: Expression) -> ColumnElement[bool]:
    return involved(EngagementVersion.family_id, agency)


def _of(model: type[Recorded]) -> Callable[[Expression, Expression], ColumnElement[bool]]:
    def readable(agency: Expression, row_id: Expression) -> ColumnElement[bool]:
        found = select(model.id).where(model.id == row_id, readable_by(model, agency))
        return exists(found).correlate_except(model)

    return readable


def register_record(name: str, path: str, model: type[Recorded]) -> None:
    """So that events, accesses and repeated requests ask the same rule."""
    register(Resource(name, path, _of(model)))


def check_owns(actor: Actor, row: Any) -> None:
    """Raises Forbidden: what an agency recorded, it corrects itself."""
    if row.agency_id != actor.agency_id:
        raise Forbidden


def check_may_resolve(actor: Actor, row: Any, *, owner_involved: bool) -> None:
    """Raises Forbidden."""
    owns = row.agency_id == actor.agency_id
    if not rules.may_resolve(owns=owns, owner_involved=owner_involved):
        raise Forbidden
