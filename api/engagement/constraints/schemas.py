"""Request and response bodies of assessment constraints."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from api.agencies.schemas import NamedPractitioner
from api.code_lists.schemas import AssessmentArea
from api.engagement.constraints.models import AssessmentConstraint
from api.engagement.schemas import (
    NAMED,
    Correction,
    RecordedBy,
    Resolution,
    recorded_by,
    resolution,
)
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, ResponseBody

EXAMPLE: dict[str, JsonValue] = {
    "area": "seeing_child_alone",
    "why": "The father stays in the room and answers for her.",
    "since": "2026-11-02",
    "member_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
    "included_in_child_risk_assessment": {"answer": "yes", "reference": "CIN-2291, part 4"},
}
BY: dict[str, JsonValue] = {"practitioner": {"staff_id": "HV-0042"}}


class IncludedBody(RequestBody):
    """Whether the violence or intimidation is included in the assessment of risk to the child
    (§3); `yes` says where."""

    answer: Literal["yes", "no", "not_yet"] = Field(
        description="`yes` needs `reference`; `not_yet` where it is still to be included."
    )
    reference: Line | None = Field(None, description="Of the assessment; needed with `yes`.")


class ConstraintContent(RequestBody):
    area: AssessmentArea
    why: Narrative = Field(
        description="What makes this hard to assess: §3 asks for it to be recorded."
    )
    since: Day = Field(description="Not to come.")
    member_id: Id | None = Field(
        None, description="The child concerned; left out, every child of the family."
    )
    included_in_child_risk_assessment: IncludedBody


class RecordConstraint(ConstraintContent):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | BY]})

    practitioner: NamedPractitioner | None = NAMED


class CorrectConstraint(Correction):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "It is the same with her brother.",
                    "constraint": {name: EXAMPLE[name] for name in EXAMPLE if name != "member_id"},
                    **BY,
                }
            ]
        }
    )

    constraint: ConstraintContent = Field(
        description="The whole of it, as it should have been recorded."
    )


class IncludedResponse(ResponseBody):
    answer: str
    reference: str | None


class ConstraintResponse(ResponseBody):
    id: UUID
    family_id: UUID
    recorded_by: RecordedBy = Field(description="The agency that meets it.")
    area: str
    why: str
    since: date
    member_id: UUID | None
    included_in_child_risk_assessment: IncludedResponse
    resolved: Resolution | None
    created_at: datetime
    version: int


class ConstraintList(ResponseBody):
    items: list[ConstraintResponse]
    next: str | None


def columns_of(said: ConstraintContent) -> dict[str, Any]:
    included = said.included_in_child_risk_assessment
    plain = {name: getattr(said, name) for name in ("area", "why", "since", "member_id")}
    return {**plain, "included": included.answer, "reference": included.reference}


def constraint(row: AssessmentConstraint) -> ConstraintResponse:
    plain = ("id", "family_id", "area", "why", "since", "member_id", "created_at", "version")
    body = {name: getattr(row, name) for name in plain}
    return ConstraintResponse(
        recorded_by=recorded_by(row),
        included_in_child_risk_assessment=IncludedResponse(
            answer=row.included, reference=row.reference
        ),
        resolved=resolution(row),
        **body,
    )
