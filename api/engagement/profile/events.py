"""What happens to an engagement profile, as every agency involved is told."""

from api.engagement.profile.access import NAME
from api.journal.event_types import Entitlement, declare

CHANGED = declare(
    "engagement.profile_changed",
    NAME,
    Entitlement.READABLE,
    "What to know so that the family can be worked with has changed; what it said before is kept.",
)
