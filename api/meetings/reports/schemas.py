"""Request and response bodies of reports."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.agencies.schemas import ByWhom
from api.foundation.schemas import Narrative, RequestBody, ResponseBody, refusal
from api.meetings.reports.rules import Audience
from api.meetings.schemas import MeetingPerson


class SharedWithFamilyBody(RequestBody):
    """Whether the family knows what the agency reports: it has a right to, unless there is a
    reason."""

    done: bool = Field(description="Whether the family was shown it.")
    why_not: Narrative | None = Field(None, description="Needed where it was not.")

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.done != (self.why_not is None):
            raise refusal(
                "why_not", "Where the family was not shown it, and only there.", at="why_not"
            )
        return self


class ReportBody(RequestBody):
    """What an agency knows, and what it is worried about."""

    known: Narrative = Field(description="What the agency knows, and since when.")
    concerns: Narrative = Field(description="What it is worried about, intimidation included.")
    strengths: Narrative | None = Field(None, description="What goes well.")
    child_lived_experience: Narrative = Field(description="What life is like for the child.")
    view_of_plan: Narrative | None = Field(
        None, description="Of the plan that there is, or that there should be."
    )
    shared_with_family: SharedWithFamilyBody


class SubmitReport(ReportBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "audience": "invited",
                    "known": "Maya is in year 2; attendance 81 %. Her father collects her.",
                    "concerns": "He shouted at two members of staff at the gate this month.",
                    "strengths": "Her grandmother comes to every parents' evening.",
                    "child_lived_experience": "Maya asks to stay late and eats at school only.",
                    "shared_with_family": {"done": True},
                }
            ]
        }
    )

    audience: Audience = Field(
        description="`invited`: every agency invited reads it. `chair`: only the chair's agency, "
        "beside one's own."
    )
    practitioner: ByWhom = None


class SharedWithFamilyResponse(ResponseBody):
    done: bool
    why_not: str | None


class ReportContentResponse(ResponseBody):
    known: str
    concerns: str
    strengths: str | None
    child_lived_experience: str
    view_of_plan: str | None
    shared_with_family: SharedWithFamilyResponse


class ReportResponse(ResponseBody):
    id: UUID
    meeting_id: UUID
    agency_id: UUID
    audience: Audience
    content: ReportContentResponse
    submitted_at: datetime
    by: MeetingPerson


class ReportList(ResponseBody):
    items: list[ReportResponse]
