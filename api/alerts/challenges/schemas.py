"""Request and response bodies of challenges."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.alerts.challenges.rules import Outcome
from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody


class ChallengeAlert(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "raised_by": "subject",
                    "statement": "Says that the dog was his brother's, who has moved out.",
                    "received_on": "2026-11-20",
                }
            ]
        }
    )

    raised_by: Literal["agency", "subject"] = Field(
        description="Who objects; what the subject says is recorded by an agency."
    )
    statement: Narrative
    received_on: Day | None = Field(
        None, description="When the objection reached the agency, if before today."
    )


class AnswerChallenge(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "partly_upheld",
                    "reason": "The dog is gone; the threats stand. The alert will be superseded.",
                }
            ]
        }
    )

    outcome: Outcome
    reason: Narrative


class AppealChallenge(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The threats were not made by the father."}]}
    )

    reason: Narrative


class AnswerResponse(ResponseBody):
    outcome: Outcome
    reason: str
    by_name: str
    at: datetime


class ChallengeResponse(ResponseBody):
    id: UUID
    alert_id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that made or recorded it.")
    raised_by: str
    statement: str
    recorded_by: str
    received_on: date
    status: str
    acknowledge_by: date
    acknowledged_at: datetime | None
    answer: AnswerResponse | None
    appeal: str | None
    appealed_at: datetime | None
    appealed_by: str | None
    appeal_answer: AnswerResponse | None
    version: int
    created_at: datetime


class ChallengeList(ResponseBody):
    items: list[ChallengeResponse]
    next: str | None
