"""Request and response bodies of breaches."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import ByWhom
from api.agreements.schemas import AgreementBehaviourBody, BehaviourResponse, PersonResponse
from api.code_lists.schemas import AgreementConsequence
from api.foundation.schemas import Day, Id, Narrative, RequestBody, ResponseBody


class FollowedBody(RequestBody):
    """Which of the consequences followed, or why none has."""

    applied: AgreementConsequence | None = Field(
        None,
        description="A code of the list `agreement_consequence` that the agreement names; or else "
        "`why_not`.",
    )
    why_not: Narrative | None = Field(
        None, description="Why no consequence followed, or none has yet."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.applied is None) == (self.why_not is None):
            raise PydanticCustomError("consequence", "Say what was applied, or why nothing was.")
        return self


class RecordBreach(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "occurred_on": "2026-11-22",
                    "behaviours": [{"code": "shouting", "words": "At the school gate."}],
                    "said": "The head teacher named the agreement to him, and he left.",
                    "incident_ids": [],
                    "consequence": {"why_not": "He apologised the same afternoon."},
                    "practitioner": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    occurred_on: Day = Field(description="From the day the agreement was answered until today.")
    behaviours: Annotated[list[AgreementBehaviourBody], Field(min_length=1, max_length=20)] = Field(
        description="What was done, each once. Codes are those that the agreement names."
    )
    said: Narrative = Field(description="What was said about it to the family, and by them.")
    incident_ids: Annotated[list[Id], Field(max_length=50)] = Field(
        [],
        description="Incidents of this family that record it and that the caller may read, each "
        "once.",
    )
    consequence: FollowedBody = Field(description="Exactly one of the two.")
    practitioner: ByWhom = None


class FollowedResponse(ResponseBody):
    applied: str | None
    why_not: str | None


class BreachResponse(ResponseBody):
    id: UUID
    agreement_id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that recorded it.")
    content_version: int = Field(description="What was in force then.")
    occurred_on: date
    behaviours: list[BehaviourResponse]
    said: str
    incident_ids: list[UUID] = Field(description="Those that the reader may read.")
    consequence: FollowedResponse
    by: PersonResponse
    recorded_at: datetime


class BreachList(ResponseBody):
    items: list[BreachResponse]
