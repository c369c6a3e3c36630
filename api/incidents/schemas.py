"""Request and response bodies of incidents."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.alerts.schemas import AuthorResponse, BehaviourBody
from api.code_lists.schemas import (
    ChildResponse,
    Circumstance,
    HateElement,
    HostilityScope,
    Place,
    ThreatBeyondWork,
    UncooperativenessReason,
    UncooperativenessType,
)
from api.foundation.schemas import (
    Day,
    Id,
    Line,
    Narrative,
    RequestBody,
    ResponseBody,
    Timestamp,
)
from api.incidents.rules import BehavedKind, IncidentStatus
from api.incidents.sharing.schemas import ShareIncident

EXAMPLE_INCIDENT: dict[str, JsonValue] = {
    "occurred_at": "2026-11-20T14:10:00Z",
    "behaved": [{"kind": "member", "member_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"}],
    "behaviours": [{"code": "shouting", "manner": "actual"}],
    "towards": [{"role": "health visitor"}],
    "place": "home_visit",
    "what_happened": "Shouted through the door that the next visitor would be sorry.",
    "recorder": {"staff_id": "HV-0042"},
}


def _twice(values: Sequence[Hashable]) -> bool:
    return len(set(values)) != len(values)


class BehavedBody(RequestBody):
    """Who or what behaved so: a member of the family, another person, an animal."""

    kind: BehavedKind
    member_id: Id | None = None
    description: Line | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        member = self.kind is BehavedKind.MEMBER
        if member != (self.member_id is not None) or (not member and self.description is None):
            raise PydanticCustomError(
                "behaved", "A member has a member_id; others have a description, and no id."
            )
        return self


class TowardsBody(RequestBody):
    """Towards whom: an agency and a role, never a person's name or home."""

    agency_id: Id | None = Field(None, description="The recording agency, unless another is named.")
    role: Line


class IncidentReasonBody(RequestBody):
    code: UncooperativenessReason
    asserted_by: Literal["practitioner", "family"]


class ChildBody(RequestBody):
    """What the child met and how it responded (§3); or that it is not known, and why."""

    known: bool
    present: bool | None = None
    heard: bool | None = None
    responses: Annotated[list[ChildResponse], Field(max_length=5)] = []
    statement: Narrative | None = Field(
        None, description="What the child did and said; or why it is not known."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        told = self.present is not None or self.heard is not None or bool(self.responses)
        if self.known and (self.present is None or self.heard is None):
            raise PydanticCustomError("child", "Say whether the child was present, and heard it.")
        if _twice(self.responses):
            raise PydanticCustomError("repeated", "A response is named twice.")
        if not self.known and (told or self.statement is None):
            raise PydanticCustomError("child", "Where it is not known, say only why, as statement.")
        return self


class PoliceBody(RequestBody):
    """Told, with the reference; or why not (§8)."""

    told: bool
    reference: Line | None = None
    reason: Narrative | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = (self.reference is not None, self.reason is not None)
        if given != (self.told, not self.told):
            raise PydanticCustomError(
                "police", "Give the reference if the police were told, else the reason why not."
            )
        return self


class InjuryBody(RequestBody):
    """Of a member of staff: whether, and whether it must be reported (RIDDOR 2013)."""

    injured: bool
    reportable: bool | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.injured != (self.reportable is not None):
            raise PydanticCustomError(
                "injury", "Say of an injury, and only of one, whether it is reportable."
            )
        return self


class DebriefBody(RequestBody):
    """Offered or not; if it was held, on which day and with which agencies (§4)."""

    offered: bool
    held_on: Day | None = None
    agency_ids: Annotated[list[Id], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.offered and (self.held_on or self.agency_ids):
            raise PydanticCustomError("debrief", "What was not offered was not held.")
        if _twice(self.agency_ids):
            raise PydanticCustomError("repeated", "An agency is named twice.")
        if self.agency_ids and self.held_on is None:
            raise PydanticCustomError("debrief", "Name agencies with the day it was held on.")
        return self


class CauseBody(RequestBody):
    """Whether the cause was investigated (racial, cultural), and what was found (§8)."""

    investigated: bool
    statement: Narrative = Field(description="The finding; or why it was not investigated.")


Answer = Literal["yes", "no", "unclear"]


class SenseBody(RequestBody):
    """Making sense of a hostile response: the ten questions of §6. About what was done, and never
    a measure of how grave it was."""

    prepared: Answer = Field(description="Was an angry response expected, and planned for?")
    aggravated_by_practitioner: Answer
    frustration: Answer = Field(description="Is it a response to frustration, of whatever origin?")
    cause_to_complain: Answer = Field(description="Then a complaint is taken up as one.")
    deliberate: Answer
    aware_of_impact: Answer
    used_to_aggression: Answer = Field(description="So used to it as not to see its impact?")
    normal_for_person: Answer = Field(description="Which does not make it acceptable.")
    disproportionate_discomfort: Answer
    aimed_at_agency: Answer = Field(description="Rather than at the practitioner in person?")
    note: Narrative | None = None


class IncidentContent(RequestBody):
    """What may be said at once or later. What is missing is listed as `outstanding`."""

    place: Place | None = None
    what_happened: Narrative | None = None
    scope: HostilityScope | None = None
    uncooperativeness_types: Annotated[list[UncooperativenessType], Field(max_length=4)] = []
    reasons: Annotated[list[IncidentReasonBody], Field(max_length=24)] = []
    circumstances: Annotated[list[Circumstance], Field(max_length=10)] = []
    hate_elements: Annotated[list[HateElement], Field(max_length=7)] = []
    child: ChildBody | None = None
    left_at: Timestamp | None = None
    manager_told_at: Timestamp | None = None
    police: PoliceBody | None = None
    injury: InjuryBody | None = None
    debrief: DebriefBody | None = None
    cause: CauseBody | None = None
    making_sense: SenseBody | None = None
    beyond_work: Annotated[list[ThreatBeyondWork], Field(max_length=6)] = Field(
        [], description="Where a threat reaches into life outside work. No places, no names."
    )

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        for name in ("uncooperativeness_types", "circumstances", "hate_elements", "beyond_work"):
            if _twice(getattr(self, name)):
                raise PydanticCustomError("repeated", "{name} repeats a code.", {"name": name})
        if _twice([(each.code, each.asserted_by) for each in self.reasons]):
            raise PydanticCustomError("repeated", "A reason is asserted twice by one side.")
        return self


Behaved = Annotated[list[BehavedBody], Field(min_length=1, max_length=10)]
Behaviours = Annotated[list[BehaviourBody], Field(max_length=20)]
Towards = Annotated[list[TowardsBody], Field(min_length=1, max_length=20)]


class RecordIncident(IncidentContent):
    """The least: when, what (behaviours, or what happened in words), who, and towards whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_INCIDENT]})

    occurred_at: Timestamp
    behaved: Behaved
    behaviours: Behaviours = []
    towards: Towards
    recorder: NamedPractitioner | None = Field(
        None, description="Needed from a system; a practitioner's token says who it is."
    )
    sharing: ShareIncident | None = Field(
        None, description="Decide at once, and publish an alert together with the incident."
    )


class CorrectIncident(IncidentContent):
    """Only what is named changes. `reason` is needed where it was said otherwise before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "child": {"known": True, "present": True, "heard": True},
                    "police": {"told": True, "reference": "CAD 212/20NOV"},
                    "practitioner": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    occurred_at: Timestamp | None = None
    behaved: Behaved | None = None
    behaviours: Behaviours | None = None
    towards: Towards | None = None
    reason: Narrative | None = None
    practitioner: NamedPractitioner | None = Field(
        None, description="Needed from a system; a practitioner's token says who it is."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"reason", "practitioner"}:
            raise PydanticCustomError("empty", "Name what is to be corrected.")
        return self


class DecideIncident(RequestBody):
    """How the work can safely go on, by a manager (§7)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decision": "Visits go on in pairs, in daylight.",
                    "reasons": "The child must be seen at home; alone it is not safe.",
                }
            ]
        }
    )

    decision: Narrative
    reasons: Narrative


class EnterIncidentInError(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Recorded on the record of another family."}]}
    )

    reason: Narrative


class Outstanding(ResponseBody):
    part: str = Field(description="The field that is missing.")
    due_at: datetime
    overdue: bool


class IncidentResponse(ResponseBody):
    """Follow-up that is about the agency's own staff is null for every other agency."""

    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that recorded it.")
    recorder: AuthorResponse
    status: IncidentStatus
    occurred_at: datetime
    recorded_at: datetime
    late: bool = Field(description="Recorded long after it happened.")
    place: str | None
    behaved: list[dict[str, Any]]
    behaviours: list[dict[str, Any]]
    towards: list[dict[str, Any]]
    scope: str | None
    what_happened: str | None
    uncooperativeness_types: list[str]
    reasons: list[dict[str, Any]]
    circumstances: list[str]
    hate_elements: list[str]
    child: dict[str, Any] | None
    left_at: datetime | None
    police: dict[str, Any] | None
    beyond_work: list[str]
    decision: dict[str, Any] | None = Field(description="The manager's, how the work goes on.")
    manager_told_at: datetime | None
    injury: dict[str, Any] | None
    debrief: dict[str, Any] | None
    cause: dict[str, Any] | None
    making_sense: dict[str, Any] | None
    outstanding: list[Outstanding] | None
    version: int = Field(description="The ETag.")
    content_version: int


class IncidentList(ResponseBody):
    items: list[IncidentResponse]
    next: str | None


class IncidentVersionResponse(ResponseBody):
    number: int
    at: datetime
    by_name: str
    reason: str | None
    content: dict[str, Any]


class IncidentVersionList(ResponseBody):
    items: list[IncidentVersionResponse]
