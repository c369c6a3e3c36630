"""The body of the feed."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody


class EventResource(ResponseBody):
    type: str
    id: UUID
    version: int | None
    url: str | None = Field(description="Fetch it with your own token: the rule of now applies.")


class EventData(ResponseBody):
    event_id: UUID | None
    epoch: UUID
    position: int = Field(description="Contiguous for each agency: a gap is a loss.")
    priority: Literal["urgent", "routine"]
    family_id: UUID | None
    resource: EventResource | None


class EventBody(ResponseBody):
    """Ids, a version and a link: never a name, never a text."""

    type: str
    timestamp: datetime
    data: EventData


class EventPage(ResponseBody):
    items: list[EventBody]
    next: str = Field(description="The cursor to go on from; given on an empty page too.")
    epoch: UUID
