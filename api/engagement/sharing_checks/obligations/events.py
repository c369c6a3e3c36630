"""What becomes of an obligation to share, as the agency that owes it is told. The check itself is
nobody's news."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE
RESOURCE = "sharing_obligation"

OBLIGED = declare(
    "sharing_check.obliged",
    RESOURCE,
    READABLE,
    "To the agency of who answered a sharing check: it has something to share with every other "
    "agency involved.",
)
DISCHARGED = declare(
    "sharing_check.discharged",
    RESOURCE,
    READABLE,
    "To the agency that owed it: what a sharing check obliged to was shared, or a manager has said "
    "why not.",
)
OVERDUE = declare(
    "sharing_check.overdue",
    RESOURCE,
    READABLE,
    "To the agency that owes it: what a sharing check obliges to was not shared in time. Once.",
)
