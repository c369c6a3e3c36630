"""What of expert advice stands in a family's chronology: each on the day it was given."""

from api.engagement.advice.access import NAME
from api.engagement.advice.models import ExpertAdvice as Row
from api.engagement.chronology import day_began, recorded
from api.journal.chronology import Source

_URL = "/v1/expert-advice/{resource_id}"

SOURCES = (
    Source(
        {"engagement.advice_taken": "An expert advised, on that day; the note is the advice."},
        _URL,
        recorded(
            Row, "engagement.advice_taken", NAME, at=day_began(Row.advised_on), note=Row.advice
        ),
    ),
)
