"""Request and response bodies of incidents."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import ByWhom
from api.alerts.schemas import AuthorResponse, BehaviourBody
from api.code_lists.schemas import (
    Circumstance,
    HateElement,
    HostilityScope,
    Place,
    ThreatBeyondWork,
    UncooperativenessType,
)
from api.foundation.schemas import (
    Narrative,
    RequestBody,
    ResponseBody,
    Timestamp,
)
from api.incidents.parts import (
    BehavedBody,
    CauseBody,
    ChildBody,
    DebriefBody,
    IncidentReasonBody,
    InjuryBody,
    PoliceBody,
    SenseBody,
    TowardsBody,
    named_twice,
)
from api.incidents.rules import IncidentStatus
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


STAFF_ONLY = "About the agency's own staff: no other agency reads it."


class IncidentContent(RequestBody):
    """What may be said at once or later. What is missing is listed as `outstanding`."""

    place: Place | None = Field(
        None,
        description="A code of the list `incident_place`. Nobody leaves a call or a message: no "
        "`left_at` then.",
    )
    what_happened: Narrative | None = Field(
        None, description="What was said and done, as facts. Needed where no behaviour is named."
    )
    scope: HostilityScope | None = Field(
        None, description="Whom the hostility meets (§4): a code of the list `hostility_scope`."
    )
    uncooperativeness_types: Annotated[list[UncooperativenessType], Field(max_length=4)] = Field(
        [],
        description="Codes of the list `uncooperativeness_type` (§2). `violence` needs a behaviour,"
        " and so does `ambivalence` alone: without one it is an observation.",
    )
    reasons: Annotated[list[IncidentReasonBody], Field(max_length=24)] = Field(
        [],
        description="Why the family may be so (§2). Never scored; each once from each side.",
    )
    circumstances: Annotated[list[Circumstance], Field(max_length=10)] = Field(
        [], description="In which it happened (§4). `none_specific` stands alone."
    )
    hate_elements: Annotated[list[HateElement], Field(max_length=7)] = Field(
        [], description="What the behaviour was aimed at in a person (§6); only with a behaviour."
    )
    child: ChildBody | None = None
    left_at: Timestamp | None = Field(
        None, description="When the practitioner left (§7): from `occurred_at` until now."
    )
    manager_told_at: Timestamp | None = Field(
        None,
        description="When the manager was told, at once by §7: from `occurred_at` until now. No "
        "other agency reads it.",
    )
    police: PoliceBody | None = None
    injury: InjuryBody | None = Field(None, description=STAFF_ONLY)
    debrief: DebriefBody | None = Field(None, description=STAFF_ONLY)
    cause: CauseBody | None = Field(None, description=STAFF_ONLY)
    making_sense: SenseBody | None = Field(None, description=STAFF_ONLY)
    beyond_work: Annotated[list[ThreatBeyondWork], Field(max_length=6)] = Field(
        [], description="Where a threat reaches into life outside work. No places, no names."
    )

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        for name in ("uncooperativeness_types", "circumstances", "hate_elements", "beyond_work"):
            if named_twice(getattr(self, name)):
                raise PydanticCustomError("repeated", "{name} repeats a code.", {"name": name})
        if named_twice([(each.code, each.asserted_by) for each in self.reasons]):
            raise PydanticCustomError("repeated", "A reason is asserted twice by one side.")
        return self


Behaved = Annotated[list[BehavedBody], Field(min_length=1, max_length=10)]
Behaviours = Annotated[list[BehaviourBody], Field(max_length=20)]
Towards = Annotated[list[TowardsBody], Field(min_length=1, max_length=20)]


class RecordIncident(IncidentContent):
    """The least: when, what (behaviours, or what happened in words), who, and towards whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_INCIDENT]})

    occurred_at: Timestamp = Field(
        description="When it began. Not to come; what is recorded late is accepted, and marked so."
    )
    behaved: Behaved = Field(description="Who or what behaved so; at least one.")
    behaviours: Behaviours = Field(
        [],
        description="What was done (§6). May be left out where `what_happened` says it, but not of "
        "`violence`.",
    )
    towards: Towards = Field(description="Whom it was aimed at, or who met it; at least one.")
    recorder: ByWhom = None
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

    occurred_at: Timestamp | None = Field(None, description="When it began. Not to come.")
    behaved: Behaved | None = Field(None, description="All who behaved so, anew.")
    behaviours: Behaviours | None = Field(
        None,
        description="All that was done, anew; with an empty list, `what_happened` must say it.",
    )
    towards: Towards | None = Field(
        None, description="All whom it was aimed at, or who met it, anew."
    )
    reason: Narrative | None = Field(
        None,
        description="Why it is said otherwise than before; not needed where something is only "
        "added. Kept with the version.",
    )
    practitioner: ByWhom = None

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

    decision: Narrative = Field(
        description="How the work goes on, or that it does not, until something changes."
    )
    reasons: Narrative = Field(
        description="Why so: §7 asks that they are documented with the decision."
    )


class EnterIncidentInError(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Recorded on the record of another family."}]}
    )

    reason: Narrative = Field(
        description="Why there should never have been this incident. Kept with its last version."
    )


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
