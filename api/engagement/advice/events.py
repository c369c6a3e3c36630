"""What happens to expert advice, as every agency involved is told."""

from api.engagement.advice.access import NAME
from api.journal.event_types import Entitlement, declare

TAKEN = declare(
    "engagement.advice_taken", NAME, Entitlement.READABLE, "An agency has taken expert advice."
)
CORRECTED = declare(
    "engagement.advice_corrected",
    NAME,
    Entitlement.READABLE,
    "The record of an expert's advice was corrected; what it said before is kept.",
)
