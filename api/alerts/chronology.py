"""What of alerts stands in a family's chronology: what became of each, and who took note."""

from sqlalchemy import Text, case, cast, literal, or_

from api.alerts.access import readable_by
from api.alerts.acknowledgements.models import AlertAcknowledgement
from api.alerts.models import Alert, AlertTransition
from api.alerts.rules import Act
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_ALERT = "/v1/alerts/{resource_id}"

# What was done to an alert, by what the chronology calls it.
_DONE = {
    "publish": ("alert.published", "An alert was published; a note says what it corrects."),
    Act.RATIFY: ("alert.ratified", "A manager ratified the alert."),
    Act.REVIEW: ("alert.review_begun", "A review began; the alert stays in force."),
    Act.RENEW: ("alert.renewed", "A review found that it is still needed; the note says why."),
    "confirm": ("alert.confirmed", "An alert on premises was confirmed after a move."),
    "hand_over": ("alert.handed_over", "Another agency answers for the alert now."),
    Act.WITHDRAW: ("alert.withdrawn", "The alert was withdrawn; the note says why."),
    Act.SUPERSEDE: ("alert.superseded", "A ratified alert took its place."),
    Act.ENTER_IN_ERROR: ("alert.entered_in_error", "It should never have been; the note says why."),
    Act.LAPSE: ("alert.lapsed", "The alert lapsed; the note says why."),
}


_TRANSITIONS = (
    entries(
        at=AlertTransition.at,
        id=AlertTransition.id,
        family_id=AlertTransition.family_id,
        type=case(
            *((AlertTransition.act == act, literal(name, Text)) for act, (name, _) in _DONE.items())
        ),
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
    Source(dict(_DONE.values()), _ALERT, _TRANSITIONS),
    Source({"alert.acknowledged": "An agency took note of the alert."}, _ALERT, _ACKNOWLEDGED),
)
