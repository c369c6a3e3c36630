"""What of observations stands in a family's chronology: each on the day of its contact."""

from api.engagement.chronology import day_began, recorded
from api.engagement.observations.access import NAME
from api.engagement.observations.models import EngagementObservation as Row
from api.journal.chronology import Source

_URL = "/v1/engagement-observations/{resource_id}"

SOURCES = (
    Source(
        {"engagement.observed": "A contact, on its day; the note is what was observed."},
        _URL,
        recorded(
            Row, "engagement.observed", NAME, at=day_began(Row.observed_on), note=Row.narrative
        ),
    ),
)
