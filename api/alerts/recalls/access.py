"""Who may see a recall: whoever owes or has given a receipt, who recalled, and who stands in."""

from sqlalchemy import ColumnElement, exists, not_, or_, select

from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.alerts.recalls.models import Recall, RecallReceipt
from api.families.access import involved
from api.families.models import Family
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Also after the agency has left the family: a recall says nothing of the alert."""
    one = expression(agency)
    receipt = exists(
        select(RecallReceipt.recall_id).where(
            RecallReceipt.recall_id == Recall.id, RecallReceipt.agency_id == one
        )
    ).correlate_except(RecallReceipt)
    return or_(Recall.agency_id == one, receipt, stands_in(agency))


def stands_in(agency: Expression) -> ColumnElement[bool]:
    """Once who recalled has left the family, its lead sees to the receipts, if it reads the
    alert: somebody must know who has not said that it knows."""
    one = expression(agency)
    led = (
        select(Alert.id)
        .join(Family, Family.id == Alert.family_id)
        .where(
            Alert.id == Recall.id,
            Family.lead_agency_id == one,
            alert_readable_by(agency),
            not_(involved(Alert.family_id, Alert.agency_id)),
        )
    )
    return exists(led).correlate_except(Alert, Family)


def _readable(agency: Expression, recall_id: Expression) -> ColumnElement[bool]:
    found = select(Recall.id).where(Recall.id == recall_id, readable_by(agency))
    return exists(found).correlate_except(Recall)


register(Resource("recall", "/v1/recalls", _readable))
