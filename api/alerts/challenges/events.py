"""What happens to a challenge, as its two parties are told."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

RECEIVED = declare(
    "challenge.received", "challenge", READABLE, "An alert was challenged. The owner answers it."
)
ACKNOWLEDGED = declare(
    "challenge.acknowledged", "challenge", READABLE, "The owner has acknowledged the challenge."
)
OVERDUE = declare(
    "challenge.overdue",
    "challenge",
    READABLE,
    "Nobody has acknowledged the challenge in time.",
)
ANSWERED = declare(
    "challenge.answered",
    "challenge",
    READABLE,
    "Somebody other than the alert's author has answered the challenge.",
)
APPEALED = declare(
    "challenge.appealed",
    "challenge",
    READABLE,
    "The answer is appealed against, to another person.",
)
CLOSED = declare(
    "challenge.closed", "challenge", READABLE, "The appeal was decided: the challenge is closed."
)
