"""What happens to a plan, as those who were given it are told."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

DRAWN_UP = declare("plan.drawn_up", "plan", READABLE, "A meeting has drawn up a plan.")
SHARED = declare(
    "plan.shared",
    "plan",
    READABLE,
    "A plan reaches this agency, which was given it later or has just become involved.",
)
REVIEWED = declare(
    "plan.reviewed", "plan", READABLE, "The plan was reviewed: it goes on, is changed, or ends."
)
SUPERSEDED = declare("plan.superseded", "plan", READABLE, "Another plan has taken its place.")
ENDED = declare("plan.ended", "plan", READABLE, "The plan has ended.")
HANDED_OVER = declare(
    "plan.handed_over", "plan", READABLE, "Another agency answers for the plan now."
)
REVIEW_DUE = declare(
    "plan.review_due",
    "plan",
    READABLE,
    "To the owner: the review of the plan is due soon.",
)
REVIEW_OVERDUE = declare(
    "plan.review_overdue",
    "plan",
    READABLE,
    "To all who read it: nobody has reviewed the plan in time. It stands, and shows so.",
)
