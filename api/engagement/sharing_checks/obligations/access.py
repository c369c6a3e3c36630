"""Who may see an obligation to share: the agency that owes it, while it is involved."""

from sqlalchemy import ColumnElement, and_, exists, select

from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.families.access import involved
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Not those to whom it is owed: they would learn that something was answered with yes."""
    one = expression(agency)
    owed_by = SharingObligation.agency_id == one
    return and_(owed_by, involved(SharingObligation.family_id, agency))


def _readable(agency: Expression, obligation_id: Expression) -> ColumnElement[bool]:
    found = select(SharingObligation.id).where(
        SharingObligation.id == obligation_id, readable_by(agency)
    )
    return exists(found).correlate_except(SharingObligation)


register(Resource("sharing_obligation", "/v1/sharing-obligations", _readable))
