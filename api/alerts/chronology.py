"""What of alerts stands in a family's chronology: what became of each, and who took note."""

from sqlalchemy import Text, case, cast, literal, or_
from sqlalchemy.sql.elements import ColumnElement

from api.alerts.access import readable_by
from api.alerts.models import Alert, AlertAcknowledgement, AlertTransition
from api.alerts.rules import Status
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_ALERT = "/v1/alerts/{resource_id}"

BECAME = {
    "alert.published": "An alert was published.",
    "alert.ratified": "A manager ratified the alert.",
    "alert.reviewed": "The alert was reviewed and stays in force.",
    "alert.under_review": "The alert came under review; it stays in force.",
    "alert.withdrawn": "The alert was withdrawn; the note says why.",
    "alert.lapsed": "The alert lapsed; the note says why.",
    "alert.superseded": "A corrected alert took its place.",
    "alert.entered_in_error": "The alert should never have been; the note says why.",
}


def _became() -> ColumnElement[str]:
    """What a change of status is called. To be in force is the outcome of ratifying or of a
    review; every other status has the name of the act."""
    before, after = AlertTransition.from_status, AlertTransition.to_status
    return case(
        (before.is_(None), literal("alert.published", Text)),
        (after != Status.ACTIVE, literal("alert.", Text).concat(after)),
        (before == Status.PROVISIONAL, literal("alert.ratified", Text)),
        else_=literal("alert.reviewed", Text),
    )


_TRANSITIONS = (
    entries(
        at=AlertTransition.at,
        id=AlertTransition.id,
        family_id=AlertTransition.family_id,
        type=_became(),
        resource_type="alert",
        resource_id=AlertTransition.alert_id,
        agency_id=AlertTransition.by_agency_id,
        name=AlertTransition.by_name,
        job_title=case(
            (AlertTransition.from_status.is_(None), cast(Alert.author_job_title, Text)),
        ),
        note=AlertTransition.reason,
    )
    .join(Alert, Alert.id == AlertTransition.alert_id)
    .where(readable_by(CALLER))
)

# All of them for the owner; for any other agency its own.
_ACKNOWLEDGED = (
    entries(
        at=AlertAcknowledgement.acknowledged_at,
        id=AlertAcknowledgement.id,
        family_id=AlertAcknowledgement.family_id,
        type="alert.acknowledged",
        resource_type="alert",
        resource_id=AlertAcknowledgement.alert_id,
        agency_id=AlertAcknowledgement.agency_id,
        name=AlertAcknowledgement.practitioner_name,
        job_title=AlertAcknowledgement.practitioner_job_title,
    )
    .join(Alert, Alert.id == AlertAcknowledgement.alert_id)
    .where(
        readable_by(CALLER),
        or_(AlertAcknowledgement.agency_id == CALLER, Alert.agency_id == CALLER),
    )
)

SOURCES = (
    Source(BECAME, _ALERT, _TRANSITIONS),
    Source({"alert.acknowledged": "An agency took note of the alert."}, _ALERT, _ACKNOWLEDGED),
)
