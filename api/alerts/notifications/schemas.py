"""Request and response bodies of subject notification."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody


class RecordSent(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"told_on": "2026-11-23", "method": "letter"}]}
    )

    told_on: Day = Field(description="Since the alert was published, and not after today.")
    method: Literal["letter", "in_person", "telephone", "through_another_person"] = Field(
        description="How the subject was told."
    )


class Withhold(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "A letter would put the mother at risk: he reads all post.",
                    "look_again_on": "2027-01-15",
                }
            ]
        }
    )

    reason: Narrative = Field(description="What telling would lead to. For the owner's eyes alone.")
    look_again_on: Day = Field(
        description="Not later than the alert's review; within a month if that is due already."
    )


class NotificationStep(ResponseBody):
    status: str
    at: datetime
    by_name: str
    told_on: date | None
    method: str | None
    reason: str | None
    look_again_on: date | None


class SubjectNotificationResponse(ResponseBody):
    alert_id: UUID
    status: str = Field(
        description="`due`, `sent` or `withheld`; `not_due` where the alert ended before its "
        "subject was told."
    )
    due_on: date | None = Field(description="When to tell the subject, or to look again.")
    steps: list[NotificationStep]
    version: int = Field(description="Of the alert; the ETag.")


class LetterAgency(ResponseBody):
    name: str
    emergency_contact: dict[str, Any] | None
    conduct_statement_url: str | None


class LetterSubject(ResponseBody):
    kind: str
    name: str | None
    is_child: bool = Field(description="Then the letter goes to who has parental responsibility.")
    description: str | None
    address: list[str] | None


class LetterSource(ResponseBody):
    name: str
    job_title: str


class Letter(ResponseBody):
    """What a letter to the subject has to say, for the agency's own template."""

    alert_id: UUID
    agency: LetterAgency
    subject: LetterSubject
    recorded_on: date
    severity: str
    behaviours: list[str]
    what_happened: str | None = Field(description="Left out where the source is protected.")
    source: LetterSource | None = Field(description="Left out where the source is protected.")
    precautions: list[str]
    shared_with: list[str] = Field(description="The agencies that have the alert.")
    review_due: date
    expires_on: date
    rights: list[str] = Field(description="What the subject may do about it, in plain words.")
