"""That a risk shows in the picture of hostility, as each agency is told by what it may read."""

from api.journal.event_types import Entitlement, declare

INDICATOR_RAISED = declare(
    "engagement.indicator_raised",
    "family",
    Entitlement.READABLE,
    "A risk that the procedure warns of shows in the picture of hostility: read the family's "
    "engagement. Told to each agency for which it holds, by what it may read itself.",
)
