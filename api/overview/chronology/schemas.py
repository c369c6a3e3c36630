"""What a chronology shows."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody
from api.overview.chronology.queries import TYPES

EntryType = StrEnum("EntryType", {name: name for name in TYPES})  # type: ignore[misc]  # made of a table
EntryType.__doc__ = "\n".join(f"- `{name}`: {meaning}" for name, meaning in TYPES.items())


class Order(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


class EntryResource(ResponseBody):
    type: str
    id: UUID
    url: str = Field(description="Where the caller reads it, or what it is part of.")


class EntryPerson(ResponseBody):
    name: str
    job_title: str | None


class ChronologyEntry(ResponseBody):
    at: datetime
    type: str
    resource: EntryResource
    family_id: UUID
    agency_id: UUID | None = Field(description="Whose act it was, where that is on record.")
    by: EntryPerson | None
    note: str | None = Field(description="The reason in words, where there is one.")


class Chronology(ResponseBody):
    items: list[ChronologyEntry]
    next: str | None
