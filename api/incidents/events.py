"""What happens to an incident, as those who read it are told."""

from api.incidents import rules
from api.journal.event_types import Entitlement, declare
from api.journal.priorities import Priority

READABLE = Entitlement.READABLE


def priority_of(behaviours: list[dict[str, str]], types: list[str]) -> Priority:
    """The lane in which news of an incident travels."""
    return Priority.URGENT if rules.is_urgent(behaviours, types) else Priority.ROUTINE


RECORDED = declare(
    "incident.recorded",
    "incident",
    READABLE,
    "To the agency that recorded it: whom to share it with is to be decided.",
)
SHARED = declare(
    "incident.shared", "incident", READABLE, "An incident was shared with this agency."
)
CORRECTED = declare("incident.corrected", "incident", READABLE, "The incident says more, or other.")
DECIDED = declare(
    "incident.decided",
    "incident",
    READABLE,
    "A manager has decided how the work can safely go on.",
)
CLOSED = declare(
    "incident.closed",
    "incident",
    READABLE,
    "The incident is followed up, and shared or not with every agency involved.",
)
ENTERED_IN_ERROR = declare(
    "incident.entered_in_error",
    "incident",
    READABLE,
    "There should never have been this incident.",
)
INCOMPLETE = declare(
    "incident.incomplete",
    "incident",
    READABLE,
    "To the agency that recorded it: what it should say is not said in time.",
)
UNDECIDED = declare(
    "incident.undecided",
    "incident",
    READABLE,
    "To the agency that recorded it: whether to share it with an agency is not decided in time.",
)
TO_DECIDE = declare(
    "incident.to_decide",
    "incident",
    READABLE,
    "To the agency that recorded it: another agency has joined since, and is to be considered.",
)
