"""What is shown of an access."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody


class ReadingAgency(ResponseBody):
    id: UUID
    name: str


class ReadingPractitioner(ResponseBody):
    name: str
    job_title: str


class ReadResource(ResponseBody):
    type: str
    id: UUID
    url: str | None


class Access(ResponseBody):
    at: datetime
    action: str = Field(description="What kind of read it was, such as `banner.read`.")
    resource: ReadResource
    agency: ReadingAgency
    client: str | None = Field(description="The agency's system that asked.")
    practitioner: ReadingPractitioner | None = Field(
        description="Who asked in person; null where the system asked for itself."
    )
    reason: str | None = Field(
        description="Why the agency was involved at that time; null where it was not."
    )
    break_glass: bool


class Accesses(ResponseBody):
    items: list[Access]
    next: str | None
