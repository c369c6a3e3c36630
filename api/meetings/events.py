"""What happens to a meeting, as the agencies invited to it are told."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

SCHEDULED = declare(
    "meeting.scheduled",
    "meeting",
    READABLE,
    "A meeting about the family is to be held, and this agency is invited.",
)
INVITED = declare(
    "meeting.invited",
    "meeting",
    READABLE,
    "This agency is invited to a meeting that others knew of before, or has become involved.",
)
UNINVITED = declare(
    "meeting.uninvited",
    "meeting",
    Entitlement.OWN,
    "To the agency that was invited: the invitation was taken back.",
)
MOVED = declare(
    "meeting.moved", "meeting", READABLE, "The meeting is at another time or place, or by a link."
)
CANCELLED = declare("meeting.cancelled", "meeting", READABLE, "The meeting will not be held.")
HELD = declare("meeting.held", "meeting", READABLE, "The meeting was held; its outcome is to come.")
HANDED_OVER = declare(
    "meeting.handed_over", "meeting", READABLE, "Another person is the chair, or is to be named."
)
EXCLUSION_REQUESTED = declare(
    "meeting.exclusion_requested",
    "meeting",
    READABLE,
    "To the chair's agency: the chair is asked to keep somebody of the family out.",
)
EXCLUSION_WITHDRAWN = declare(
    "meeting.exclusion_withdrawn",
    "meeting",
    READABLE,
    "To the chair's agency: a request to keep somebody of the family out was taken back.",
)
EXCLUSION_DECIDED = declare(
    "meeting.exclusion_decided",
    "meeting",
    READABLE,
    "The chair has decided whether somebody of the family takes part.",
)
REPORT_SUBMITTED = declare(
    "meeting.report_submitted",
    "meeting",
    READABLE,
    "An agency has submitted its report; to the chair's agency only where it is for the chair.",
)
OUTCOME_RECORDED = declare(
    "meeting.outcome_recorded", "meeting", READABLE, "The outcome of the meeting is on record."
)
OUTCOME_AMENDED = declare(
    "meeting.outcome_amended",
    "meeting",
    READABLE,
    "The record of the outcome has a new version: read it anew.",
)
OUTCOME_CONFIRMED = declare(
    "meeting.outcome_confirmed",
    "meeting",
    READABLE,
    "To the chair's agency: an agency has confirmed the record.",
)
CORRECTION_ASKED = declare(
    "meeting.correction_asked",
    "meeting",
    READABLE,
    "To the chair's agency: an agency asks for a correction of the record.",
)
CORRECTION_ANSWERED = declare(
    "meeting.correction_answered",
    "meeting",
    READABLE,
    "To the agency that asked: the chair has answered its request for a correction.",
)
FOLLOW_UP_DUE = declare(
    "meeting.follow_up_due",
    "meeting",
    READABLE,
    "To the chair's agency: the next meeting is due soon, and none is scheduled.",
)
