"""Bodies that the parts share."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.agencies.schemas import NamedPractitioner
from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody

NAMED = Field(None, description="Needed from a system; a practitioner's token says who it is.")


class Correction(RequestBody):
    """The whole content anew, and why. What stood there before is kept."""

    reason: Narrative = Field(description="Why it is corrected. Kept with what stood there before.")
    practitioner: NamedPractitioner | None = NAMED


class Resolve(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "resolved_on": "2026-11-23",
                    "how": "Seen alone at school, with the agreement of the mother.",
                    "practitioner": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    resolved_on: Day = Field(description="Not before it began, and not to come.")
    how: Narrative = Field(description="What ended it, and what is possible again.")
    practitioner: NamedPractitioner | None = NAMED


class RecordedBy(ResponseBody):
    agency_id: UUID
    name: str
    job_title: str


class Resolution(ResponseBody):
    resolved_on: date
    how: str
    by: RecordedBy


class EngagementVersionResponse(ResponseBody):
    version: int
    content: dict[str, Any] = Field(description="What it said until it was changed.")
    replaced_at: datetime
    replaced_by: RecordedBy
    reason: str | None


class EngagementVersionList(ResponseBody):
    items: list[EngagementVersionResponse]


def recorded_by(row: Any) -> RecordedBy:
    return RecordedBy(
        agency_id=row.agency_id, name=row.practitioner_name, job_title=row.practitioner_job_title
    )


def resolution(row: Any) -> Resolution | None:
    if row.resolved_on is None:
        return None
    by = RecordedBy(
        agency_id=row.resolved_by_agency_id,
        name=row.resolved_by_name,
        job_title=row.resolved_by_job_title,
    )
    return Resolution(resolved_on=row.resolved_on, how=row.resolved_how, by=by)


def version_list(rows: Any) -> EngagementVersionList:
    return EngagementVersionList(
        items=[
            EngagementVersionResponse(
                version=row.number,
                content=row.content,
                replaced_at=row.replaced_at,
                replaced_by=recorded_by(row),
                reason=row.reason,
            )
            for row in rows
        ]
    )
