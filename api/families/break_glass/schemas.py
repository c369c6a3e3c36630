"""Request and response bodies of break-glass."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from api.code_lists.schemas import BreakGlassReason
from api.families.break_glass.rules import BreakGlassOutcome, State
from api.foundation.schemas import Narrative, RequestBody, ResponseBody


class OpenBreakGlass(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason_code": "emergency_visit",
                    "reason": "Called to the address by the out-of-hours GP; visiting within "
                    "the hour, and the police know of a dog there.",
                }
            ]
        }
    )

    reason_code: BreakGlassReason = Field(description="What the emergency is.")
    reason: Narrative = Field(description="In words. Whoever reviews it reads it.")


class ReviewBreakGlass(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "justified",
                    "note": "The duty log shows the call and the visit; only the banner was read.",
                }
            ]
        }
    )

    outcome: BreakGlassOutcome = Field(description="Whether the reading was right.")
    note: Narrative = Field(description="What was found out.")


class ReaderResponse(ResponseBody):
    id: UUID
    name: str
    job_title: str


class BreakGlassReviewResponse(ResponseBody):
    outcome: str
    note: str
    reviewed_at: datetime
    reviewed_by: ReaderResponse


class BreakGlassResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="Of the reader.")
    client_id: UUID = Field(description="The system through which it was opened.")
    practitioner: ReaderResponse
    reason_code: str
    reason: str
    state: State
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    review_due: datetime
    review_overdue: bool
    review: BreakGlassReviewResponse | None
    version: int


class ReadUnderIt(ResponseBody):
    """An audit entry of something shown."""

    action: str
    resource_type: str
    resource_id: UUID
    at: datetime


class BreakGlassDetails(BreakGlassResponse):
    reads: int = Field(description="How often something was shown under it.")
    read: list[ReadUnderIt] = Field(description="What was shown, the last 200 of it, oldest first.")


class BreakGlassList(ResponseBody):
    items: list[BreakGlassResponse]
    next: str | None
