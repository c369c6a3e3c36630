"""What happens to an observation, as every agency involved is told. Never urgent."""

from api.engagement.observations.access import NAME
from api.journal.event_types import Entitlement, declare

OBSERVED = declare(
    "engagement.observed",
    NAME,
    Entitlement.READABLE,
    "An agency has recorded how a contact with the family went. It is no alert.",
)
CORRECTED = declare(
    "engagement.observation_corrected",
    NAME,
    Entitlement.READABLE,
    "An observation was corrected; what it said before is kept.",
)
