"""Who may read a sharing check: who answered it, and the managers of their agency."""

from sqlalchemy import ColumnElement, and_, exists, select

from api.access.actor import Actor
from api.engagement.privacy import for_party
from api.engagement.sharing_checks.models import SharingCheck
from api.families.access import involved
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Of which agency it is, while that is involved. Within it, `readable_to` narrows."""
    one = expression(agency)
    return and_(SharingCheck.agency_id == one, involved(SharingCheck.family_id, agency))


def readable_to(actor: Actor) -> ColumnElement[bool]:
    """Break-glass opens none."""
    return and_(readable_by(actor.agency_id), for_party(actor, SharingCheck.author_id))


def _readable(agency: Expression, check_id: Expression) -> ColumnElement[bool]:
    found = select(SharingCheck.id).where(SharingCheck.id == check_id, readable_by(agency))
    return exists(found).correlate_except(SharingCheck)


register(Resource("sharing_check", "/v1/sharing-checks", _readable, private=True))
