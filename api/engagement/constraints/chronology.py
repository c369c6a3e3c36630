"""What of constraints stands in a family's chronology: recorded, and resolved."""

from api.engagement.chronology import recorded, resolved
from api.engagement.constraints.access import NAME
from api.engagement.constraints.models import AssessmentConstraint as Row
from api.journal.chronology import Source

_URL = "/v1/assessment-constraints/{resource_id}"

SOURCES = (
    Source(
        {"assessment_constraint.recorded": "Something is hard to assess; the note says why."},
        _URL,
        recorded(
            Row,
            "assessment_constraint.recorded",
            NAME,
            at=Row.created_at,
            note=Row.why,
        ),
    ),
    Source(
        {"assessment_constraint.resolved": "It can be assessed now; the note says how."},
        _URL,
        resolved(Row, "assessment_constraint.resolved", NAME),
    ),
)
