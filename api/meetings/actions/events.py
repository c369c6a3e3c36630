"""What happens to an action. Each is told to its owner, those who join it and the chair's agency,
as far as they read it."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

ASSIGNED = declare(
    "action.assigned", "action", READABLE, "A meeting asks something of this agency, or with it."
)
ACCEPTED = declare("action.accepted", "action", READABLE, "The owner has accepted the action.")
DONE = declare("action.done", "action", READABLE, "The owner has done what was asked.")
DECLINED = declare(
    "action.declined",
    "action",
    READABLE,
    "The action goes back to the chair: its owner declined, or is no longer involved.",
)
REASSIGNED = declare(
    "action.reassigned", "action", READABLE, "Another agency, person or date holds from now on."
)
CANCELLED = declare("action.cancelled", "action", READABLE, "The chair has cancelled the action.")
OVERDUE = declare(
    "action.overdue", "action", READABLE, "The action was due, and its owner has not said more."
)
