"""Request and response bodies of observations."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.code_lists.schemas import (
    EngagementContact,
    EngagementIndicator,
    ObservedType,
    UncooperativenessReason,
)
from api.engagement.observations.models import EngagementObservation
from api.engagement.schemas import NAMED, Correction, RecordedBy, recorded_by
from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody

EXAMPLE: dict[str, JsonValue] = {
    "observed_on": "2026-11-20",
    "contact": "home_visit",
    "took_place": False,
    "child": {"seen": False, "why_not": "The door was not answered."},
    "type": "confrontation",
    "indicators": ["door_not_answered_while_in"],
    "reasons": [{"code": "fears_children_taken_away", "asserted_by": "practitioner"}],
    "narrative": "Somebody moved behind the curtain and turned the television off.",
    "challenged": {"challenged": True, "statement": "Spoke through the letter box, left a date."},
    "practitioner": {"staff_id": "HV-0042"},
}


def _no_violence(value: Any) -> Any:
    if value == "violence":
        raise PydanticCustomError(
            "record_incident", "Threatened or actual violence is an incident: record one."
        )
    return value


class ChildSeen(RequestBody):
    """The child, on that contact (§3). Of several: whoever the contact was for."""

    seen: bool = Field(
        description="Never by telephone or message, nor where no contact took place."
    )
    alone: bool | None = Field(None, description="Needed where the child was seen.")
    why_not: Narrative | None = Field(None, description="Needed where the child was not seen.")


class ObservationReasonBody(RequestBody):
    """Why the family may be so (§2). Analysis, never scored."""

    code: UncooperativenessReason
    asserted_by: Literal["practitioner", "family"] = Field(
        description="Whose view it is; both may assert the same reason."
    )


class ChallengedBody(RequestBody):
    """Whether the uncooperativeness was challenged: how, or why not (§2)."""

    challenged: bool = Field(description="Whether it was; where it was not, `statement` says why.")
    statement: Narrative = Field(
        description="How it was challenged, and what came of it; or why it was not."
    )


class ObservationContent(RequestBody):
    observed_on: Day = Field(description="Not to come.")
    contact: EngagementContact
    took_place: bool = Field(description="Whether the contact came about.")
    child: ChildSeen
    type: Annotated[ObservedType, BeforeValidator(_no_violence)]
    indicators: Annotated[list[EngagementIndicator], Field(max_length=10)] = Field(
        [], description="Those of the type alone."
    )
    reasons: Annotated[list[ObservationReasonBody], Field(max_length=24)] = Field(
        [], description="Each once from each side; none with the type `none`."
    )
    narrative: Narrative | None = Field(None, description="Needed unless the type is `none`.")
    challenged: ChallengedBody | None = Field(
        None, description="Needed of confrontation; never of `none`."
    )
    disguised_compliance: Narrative | None = Field(
        None,
        description="Where compliance is suspected to be apparent only: what makes one think so.",
    )


class RecordObservation(ObservationContent):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    practitioner: NamedPractitioner | None = NAMED


class CorrectObservation(Correction):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "It was the day before.",
                    "observation": {
                        **{name: EXAMPLE[name] for name in EXAMPLE if name != "practitioner"},
                        "observed_on": "2026-11-19",
                    },
                    "practitioner": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    observation: ObservationContent = Field(
        description="The whole of it, as it should have been recorded."
    )


class ChildSeenResponse(ResponseBody):
    seen: bool
    alone: bool | None
    why_not: str | None


class ChallengedResponse(ResponseBody):
    challenged: bool
    statement: str


class ObservationResponse(ResponseBody):
    id: UUID
    family_id: UUID
    recorded_by: RecordedBy
    observed_on: date
    contact: str
    took_place: bool
    child: ChildSeenResponse
    type: str
    indicators: list[str]
    reasons: list[dict[str, Any]]
    narrative: str | None
    challenged: ChallengedResponse | None
    disguised_compliance: str | None
    created_at: datetime
    version: int


class ObservationList(ResponseBody):
    items: list[ObservationResponse]
    next: str | None


def columns_of(said: ObservationContent) -> dict[str, Any]:
    challenged = said.challenged
    return {
        "observed_on": said.observed_on,
        "contact": said.contact,
        "took_place": said.took_place,
        "child_seen": said.child.seen,
        "child_seen_alone": said.child.alone,
        "child_not_seen_why": said.child.why_not,
        "type": said.type,
        "indicators": list(said.indicators),
        "reasons": [each.model_dump() for each in said.reasons],
        "narrative": said.narrative,
        "challenged": challenged.challenged if challenged else None,
        "challenge_note": challenged.statement if challenged else None,
        "disguised_compliance": said.disguised_compliance,
    }


def observation(row: EngagementObservation) -> ObservationResponse:
    challenged = None
    if row.challenged is not None:
        challenged = ChallengedResponse(
            challenged=row.challenged, statement=row.challenge_note or ""
        )
    return ObservationResponse(
        id=row.id,
        family_id=row.family_id,
        recorded_by=recorded_by(row),
        observed_on=row.observed_on,
        contact=row.contact,
        took_place=row.took_place,
        child=ChildSeenResponse(
            seen=row.child_seen, alone=row.child_seen_alone, why_not=row.child_not_seen_why
        ),
        type=row.type,
        indicators=row.indicators,
        reasons=row.reasons,
        narrative=row.narrative,
        challenged=challenged,
        disguised_compliance=row.disguised_compliance,
        created_at=row.created_at,
        version=row.version,
    )
