"""What the reader's agency and the lead of the family are told of a break-glass."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

OPENED = declare(
    "break_glass.opened",
    "break_glass",
    READABLE,
    "A practitioner whose agency is not involved reads a family. To the reader's agency and to "
    "the lead.",
)
REVIEWED = declare(
    "break_glass.reviewed",
    "break_glass",
    READABLE,
    "Information governance has reviewed a break-glass. To the same two.",
)
REVIEW_OVERDUE = declare(
    "break_glass.review_overdue",
    "break_glass",
    READABLE,
    "Nobody has reviewed a break-glass in time: until then its client opens no other. To the "
    "same two.",
)
