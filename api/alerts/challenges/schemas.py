"""Request and response bodies of challenges."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.alerts.challenges.rules import ChallengeOutcome
from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody


class ChallengeAlert(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "raised_by": "subject",
                    "statement": "Says that the dog was his brother's, who has moved out.",
                }
            ]
        }
    )

    raised_by: Literal["agency", "subject"] = Field(
        description="Who objects; what the subject says is recorded by an agency."
    )
    statement: Narrative = Field(description="What is objected, in the objector's words.")
    received_on: Day | None = Field(
        None,
        description="When the objection reached the agency, if before today; since the alert was "
        "published.",
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

    outcome: ChallengeOutcome = Field(
        description="Whether the objection is right. It changes no alert."
    )
    reason: Narrative = Field(description="Why it was answered so.")


class AppealChallenge(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The threats were not made by the father."}]}
    )

    reason: Narrative = Field(description="What is wrong with the answer.")


class AnswerResponse(ResponseBody):
    outcome: ChallengeOutcome
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
