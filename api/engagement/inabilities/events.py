"""What happens to an inability, as every agency involved is told."""

from api.engagement.inabilities.access import NAME
from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

UNABLE = declare(
    "engagement.unable_to_work",
    NAME,
    READABLE,
    "An agency cannot work with the family. The others agree on who gathers and who monitors.",
)
ABLE_AGAIN = declare(
    "engagement.able_again", NAME, READABLE, "An agency can work with the family again."
)
CORRECTED = declare(
    "engagement.inability_corrected",
    NAME,
    READABLE,
    "What an agency said of its being unable was changed; what it said before is kept.",
)
