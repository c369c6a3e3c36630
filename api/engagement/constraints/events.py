"""What happens to an assessment constraint, as every agency involved is told."""

from api.engagement.constraints.access import NAME
from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

RECORDED = declare(
    "assessment_constraint.recorded",
    NAME,
    READABLE,
    "Something is hard to assess. It shows on the banner until it is resolved.",
)
RESOLVED = declare(
    "assessment_constraint.resolved", NAME, READABLE, "It can be assessed now; how is on record."
)
CORRECTED = declare(
    "assessment_constraint.corrected",
    NAME,
    READABLE,
    "A constraint was corrected; what it said before is kept.",
)
