"""Who may see a recall: every agency that owes or has given a receipt, and who recalled."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, exists, literal, or_, select

from api.alerts.recalls.models import Recall, RecallReceipt
from api.journal.event_types import Expression, Resource, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Also after the agency has left the family: a recall says nothing of the alert."""
    one = literal(agency, Uuid) if isinstance(agency, UUID) else agency
    receipt = exists(
        select(RecallReceipt.recall_id).where(
            RecallReceipt.recall_id == Recall.id, RecallReceipt.agency_id == one
        )
    ).correlate_except(RecallReceipt)
    return or_(Recall.agency_id == one, receipt)


def _readable(agency: Expression, recall_id: Expression) -> ColumnElement[bool]:
    found = select(Recall.id).where(Recall.id == recall_id, readable_by(agency))
    return exists(found).correlate_except(Recall)


register(Resource("recall", "/v1/recalls", _readable))
