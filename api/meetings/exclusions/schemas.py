"""Request and response bodies of exclusions."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.agencies.schemas import ByWhom
from api.foundation.schemas import Id, Narrative, RequestBody, ResponseBody, refusal
from api.meetings.exclusions.rules import ExclusionOutcome, ExclusionStatus
from api.meetings.schemas import MeetingPerson

EXAMPLE_MEMBER = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"


class AskForExclusion(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member_id": EXAMPLE_MEMBER,
                    "why": "In his presence neither the school nor the health visitor will say "
                    "what was shouted at them, and what Maya told her teacher.",
                }
            ]
        }
    )

    member_id: Id = Field(description="Who of the family, and born.")
    why: Narrative = Field(
        description="Which information is likely to be impaired by the presence of this person, "
        "and how."
    )
    practitioner: ByWhom = None


class DecideExclusion(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "excluded_in_part",
                    "reasons": "Two agencies share threats that they dare not name before him.",
                    "part": "While the police and the school report.",
                    "views_heard": "The lead practitioner takes his views in writing beforehand.",
                    "feedback": "The chair tells him the decisions on the same day, by telephone.",
                }
            ]
        }
    )

    outcome: ExclusionOutcome = Field(description="Whether this person takes part in the meeting.")
    reasons: Narrative = Field(description="Why.")
    part: Narrative | None = Field(
        None, description="With `excluded_in_part`, and only with it: from which part."
    )
    views_heard: Narrative | None = Field(
        None, description="Unless it is refused: how their views are heard otherwise."
    )
    feedback: Narrative | None = Field(
        None, description="Unless it is refused: how they learn of the outcome."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        in_part = self.outcome is ExclusionOutcome.EXCLUDED_IN_PART
        excluding = self.outcome is not ExclusionOutcome.REFUSED
        if in_part != (self.part is not None):
            raise refusal("part", "With `excluded_in_part`, and only with it.", at="part")
        for name, said in (("views_heard", "their views are heard"), ("feedback", "they are told")):
            if excluding != (getattr(self, name) is not None):
                raise refusal(
                    name, f"Say how {said}, unless the request is refused; not then.", at=name
                )
        return self


class WithdrawExclusion(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    practitioner: ByWhom = None


class ExclusionDecision(ResponseBody):
    at: datetime
    by: MeetingPerson
    reasons: str
    part: str | None
    views_heard: str | None = Field(description="How their views are heard otherwise.")
    feedback: str | None = Field(description="How they learn of the outcome.")


class ExclusionResponse(ResponseBody):
    id: UUID
    meeting_id: UUID
    member_id: UUID
    agency_id: UUID = Field(description="The agency that asks.")
    by: MeetingPerson
    why: str
    status: ExclusionStatus
    requested_at: datetime
    decision: ExclusionDecision | None
    version: int = Field(description="The ETag.")


class ExclusionList(ResponseBody):
    items: list[ExclusionResponse]
