"""What of inabilities stands in a family's chronology: recorded, and resolved."""

from api.engagement.chronology import recorded, resolved
from api.engagement.inabilities.access import NAME
from api.engagement.inabilities.models import Inability as Row
from api.journal.chronology import Source

_URL = "/v1/engagement-inabilities/{resource_id}"

SOURCES = (
    Source(
        {"engagement.unable_to_work": "An agency cannot work with the family; the note says why."},
        _URL,
        recorded(
            Row,
            "engagement.unable_to_work",
            NAME,
            at=Row.created_at,
            note=Row.why,
        ),
    ),
    Source(
        {"engagement.able_again": "The agency can work with the family again; the note says how."},
        _URL,
        resolved(Row, "engagement.able_again", NAME),
    ),
)
