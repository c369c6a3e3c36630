"""Request and response bodies of inabilities."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from api.agencies.schemas import NamedPractitioner
from api.engagement.inabilities.models import Inability
from api.engagement.schemas import (
    NAMED,
    Correction,
    RecordedBy,
    Resolution,
    recorded_by,
    resolution,
)
from api.foundation.schemas import Day, Id, Narrative, RequestBody, ResponseBody

QUESTIONS = ("gathering", "monitoring", "multi_agency_plan")

EXAMPLE: dict[str, JsonValue] = {
    "since": "2026-11-16",
    "why": "The father follows the health visitor to her car; nobody else is left to go.",
    "cover": {"agency_id": None, "statement": "Nobody yet. School sees the child every day."},
    "gathering": {"answer": "yes", "statement": "By the school and the GP."},
    "monitoring": {"answer": "yes", "statement": "By the school, weekly, with weight and height."},
    "multi_agency_plan": {"answer": "not_agreed", "statement": "To be agreed on 30 November."},
}
BY: dict[str, JsonValue] = {"practitioner": {"staff_id": "HV-0042"}}


class CoverBody(RequestBody):
    """Who covers meanwhile: another agency that is involved, or none; and how."""

    agency_id: Id | None = Field(None, description="Left out, or null: no agency covers.")
    statement: Narrative = Field(
        description="What is done meanwhile and by whom; or who sees the child where no agency "
        "covers."
    )


class AnswerBody(RequestBody):
    """The agencies must agree whether it is possible (§4)."""

    answer: Literal["yes", "no", "not_agreed"] = Field(
        description="`no`: they agree that it is not possible. `not_agreed`: they have yet to "
        "agree."
    )
    statement: Narrative = Field(
        description="By whom and how; or why not, or how it is to be agreed."
    )


class InabilityContent(RequestBody):
    since: Day = Field(description="Not to come.")
    why: Narrative = Field(description="What keeps the agency from working with the family (§4).")
    cover: CoverBody
    gathering: AnswerBody = Field(description="Can information still be gathered?")
    monitoring: AnswerBody = Field(description="Can the child's well-being be monitored?")
    multi_agency_plan: AnswerBody = Field(description="Is a truly multi-agency plan possible?")


class RecordInability(InabilityContent):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | BY]})

    practitioner: NamedPractitioner | None = NAMED


class CorrectInability(Correction):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "Agreed at the practitioners' meeting.",
                    "inability": EXAMPLE
                    | {"multi_agency_plan": {"answer": "yes", "statement": "The school leads."}},
                    **BY,
                }
            ]
        }
    )

    inability: InabilityContent = Field(
        description="The whole of it, as it should have been recorded."
    )


class CoverResponse(ResponseBody):
    agency_id: UUID | None
    statement: str


class InabilityAnswerResponse(ResponseBody):
    answer: str
    statement: str


class InabilityResponse(ResponseBody):
    id: UUID
    family_id: UUID
    recorded_by: RecordedBy = Field(description="The agency that cannot work with the family.")
    since: date
    why: str
    cover: CoverResponse
    gathering: InabilityAnswerResponse
    monitoring: InabilityAnswerResponse
    multi_agency_plan: InabilityAnswerResponse
    resolved: Resolution | None
    created_at: datetime
    version: int


class InabilityList(ResponseBody):
    items: list[InabilityResponse]
    next: str | None


def columns_of(said: InabilityContent) -> dict[str, Any]:
    answers = {name: getattr(said, name).model_dump() for name in QUESTIONS}
    covers = {"covered_by_id": said.cover.agency_id, "cover": said.cover.statement}
    return {"since": said.since, "why": said.why, **covers, **answers}


def inability(row: Inability) -> InabilityResponse:
    plain = ("id", "family_id", "since", "why", "created_at", "version")
    body = {name: getattr(row, name) for name in plain}
    answers = {name: InabilityAnswerResponse(**getattr(row, name)) for name in QUESTIONS}
    return InabilityResponse(
        recorded_by=recorded_by(row),
        cover=CoverResponse(agency_id=row.covered_by_id, statement=row.cover),
        resolved=resolution(row),
        **body,
        **answers,
    )
