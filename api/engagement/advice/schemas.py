"""Request and response bodies of expert advice."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from api.agencies.schemas import NamedPractitioner
from api.code_lists.schemas import ExpertAdviceKind
from api.engagement.advice.models import ExpertAdvice
from api.engagement.schemas import NAMED, Correction, RecordedBy, recorded_by
from api.foundation.schemas import Day, Line, Narrative, RequestBody, ResponseBody

EXAMPLE: dict[str, JsonValue] = {
    "advised_on": "2026-11-18",
    "kind": "cultural",
    "source": "Link worker of the community centre",
    "advice": "Visit outside the hours of prayer; greet the grandmother first.",
}
CONTENT = ("advised_on", "kind", "source", "advice")
BY: dict[str, JsonValue] = {"practitioner": {"staff_id": "HV-0042"}}


class AdviceContent(RequestBody):
    advised_on: Day = Field(description="Not to come.")
    kind: ExpertAdviceKind
    source: Line = Field(description="From whom, by function; never a name.")
    advice: Narrative = Field(description="What was advised for the work with this family (§5).")


class RecordAdvice(AdviceContent):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | BY]})

    practitioner: NamedPractitioner | None = NAMED


class CorrectAdvice(Correction):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "It came from the mosque.",
                    "advice": EXAMPLE | {"source": "Imam of the mosque"},
                    **BY,
                }
            ]
        }
    )

    advice: AdviceContent = Field(description="The whole of it, as it should have been recorded.")


class AdviceResponse(ResponseBody):
    id: UUID
    family_id: UUID
    recorded_by: RecordedBy
    advised_on: date
    kind: str
    source: str
    advice: str
    created_at: datetime
    version: int


class AdviceList(ResponseBody):
    items: list[AdviceResponse]
    next: str | None


def columns_of(said: AdviceContent) -> dict[str, Any]:
    return {name: getattr(said, name) for name in CONTENT}


def advice(row: ExpertAdvice) -> AdviceResponse:
    plain = ("id", "family_id", *CONTENT, "created_at", "version")
    body = {name: getattr(row, name) for name in plain}
    return AdviceResponse(recorded_by=recorded_by(row), **body)
