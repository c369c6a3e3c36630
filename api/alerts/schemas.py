"""Request and response bodies of alerts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.alerts.rules import (
    AudienceKind,
    GroundsKind,
    Notification,
    Origin,
    Severity,
    SubjectKind,
)
from api.code_lists.schemas import (
    Basis,
    Circumstance,
    HostilityScope,
    Precaution,
    ThreateningBehaviour,
    UncooperativenessType,
)
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, ResponseBody

EXAMPLE_ALERT: dict[str, JsonValue] = {
    "subject": {"kind": "member", "member_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"},
    "severity": "serious",
    "behaviours": [
        {"code": "shouting", "manner": "actual"},
        {"code": "animals_as_threat", "manner": "threatened", "covert": True},
    ],
    "circumstances": ["alcohol"],
    "scope": "universal",
    "precautions": ["joint_visit_with_other_agency", "animals_secured_first"],
    "grounds": {
        "kind": "behaviour",
        "basis": "fact",
        "uncooperativeness_types": ["confrontation"],
        "statement": "Shouted and set a dog towards the door on 12 November.",
        "incident_ids": [],
    },
    "child_impact": {"known": True, "statement": "The child hid upstairs throughout."},
    "review_due": "2027-02-01",
    "expires_on": "2027-05-01",
    "audience": {"kind": "involved"},
    "author": {"staff_id": "HV-0042"},
}


class SubjectBody(RequestBody):
    """Whom or what the alert is about: never a whole family (procedure §6; ICO)."""

    kind: SubjectKind = Field(description="Decides which of the other fields is needed.")
    member_id: Id | None = Field(None, description="Of a `member`: an id of the family's record.")
    address_id: Id | None = Field(None, description="Of `premises`: an id of the family's record.")
    description: Line | None = Field(
        None, description="Of an `other_person` or an `animal`: who or what, for a stranger."
    )

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        needed = {
            SubjectKind.MEMBER: "member_id",
            SubjectKind.PREMISES: "address_id",
            SubjectKind.OTHER_PERSON: "description",
            SubjectKind.ANIMAL: "description",
        }[self.kind]
        if getattr(self, needed) is None:
            raise PydanticCustomError(
                "subject", "This kind of subject needs {needed}.", {"needed": needed}
            )
        others = {"member_id", "address_id"} - {needed}
        if any(getattr(self, name) is not None for name in others):
            raise PydanticCustomError("subject", "This kind of subject has no other id.")
        return self


class BehaviourBody(RequestBody):
    code: ThreateningBehaviour
    manner: Literal["threatened", "actual"] = Field(
        description="Whether it was threatened or happened."
    )
    covert: bool = Field(False, description="Whether it was veiled: meant, and not said.")


class GroundsBody(RequestBody):
    kind: GroundsKind = Field(description="What it rests on; a complaint alone is refused.")
    basis: Basis = Field(description="A code of the list `basis`.")
    uncooperativeness_types: Annotated[list[UncooperativenessType], Field(max_length=4)] = Field(
        [], description="Codes of the list `uncooperativeness_type`. Ambivalence alone is refused."
    )
    statement: Narrative = Field(description="What happened, when and where, as facts.")
    incident_ids: Annotated[list[Id], Field(max_length=50)] = Field(
        [], description="Incidents of this family that it rests on."
    )


class ChildImpactBody(RequestBody):
    """What it means for the child; where it is not known, `statement` says why (§3)."""

    known: bool = Field(description="Whether it is known.")
    statement: Narrative = Field(
        description="What it means for the child, or why that is not known."
    )


class RecipientBody(RequestBody):
    agency_id: Id = Field(description="An agency that is involved with the family.")
    reason: Line = Field(description="Why it needs to know.")


class AudienceBody(RequestBody):
    """Every involved agency, or some of them, each with its reason. An empty list is an error,
    never everybody (Clift v Slough, 2010)."""

    kind: AudienceKind = Field(description="`involved`: everybody who is, or becomes so.")
    agencies: Annotated[list[RecipientBody], Field(min_length=1, max_length=100)] | None = Field(
        None, description="With `agencies`, and only then."
    )

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind is AudienceKind.AGENCIES) != (self.agencies is not None):
            raise PydanticCustomError(
                "audience", "Name agencies with the kind `agencies`, and only with it."
            )
        return self


class PublishAlert(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ALERT]})

    subject: SubjectBody
    severity: Severity = Field(
        description="A code of the list `severity`. The gravest two are urgent."
    )
    behaviours: Annotated[list[BehaviourBody], Field(max_length=20)] = Field(
        [], description="What was met. Grounds of `behaviour` need one."
    )
    circumstances: Annotated[list[Circumstance], Field(max_length=10)] = Field(
        [], description="When it is to be expected: codes of the list `circumstance`."
    )
    scope: HostilityScope = Field(
        description="Against whom it goes: a code of the list `hostility_scope`."
    )
    precautions: Annotated[list[Precaution], Field(min_length=1, max_length=14)] = Field(
        description="What to do before a visit: codes of the list `precaution`."
    )
    precaution_note: Line | None = Field(None, description="With the precaution `other`.")
    grounds: GroundsBody = Field(description="What the alert rests on.")
    child_impact: ChildImpactBody
    child_seen_how: Narrative | None = Field(
        None,
        description="How the child is still seen: needed with `no_home_visits` and "
        "`remote_contact_agreed`.",
    )
    protect_source: bool = Field(
        False, description="Leaves who reported it, and their words, out of the subject's letter."
    )
    review_due: Day = Field(description="By default at most 6 months away.")
    expires_on: Day = Field(description="By default at most 12 months away.")
    audience: AudienceBody
    author: NamedPractitioner | None = Field(
        None, description="Needed from a system; a practitioner's token says who it is."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("circumstances", "precautions"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise PydanticCustomError("repeated", "{name} repeats a code.", {"name": name})
        if ("other" in self.precautions) != (self.precaution_note is not None):
            raise PydanticCustomError(
                "precaution_note", "The precaution `other` needs its precaution_note."
            )
        return self


class Ratify(RequestBody):
    """The manager agrees with the alert as it stands."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Agrees with two earlier reports."}]}
    )

    reason: Narrative | None = Field(None, description="Why the manager agrees.")


class Withdraw(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The dog was rehomed; three calm visits since"}]}
    )

    reason: Narrative = Field(description="Why it is no longer needed. Its readers see it.")


class HandOver(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"}]}
    )

    agency_id: Id = Field(
        description="An agency of the audience, which answers for it from now on."
    )


class AuthorResponse(ResponseBody):
    name: str
    job_title: str


class SubjectResponse(ResponseBody):
    kind: SubjectKind
    member_id: UUID | None
    address_id: UUID | None
    description: str | None


class AudienceResponse(ResponseBody):
    kind: AudienceKind


class SubjectKnows(ResponseBody):
    status: Notification = Field(description="While not `sent`: do not mention the alert.")
    due_on: date | None


class OriginResponse(ResponseBody):
    kind: Origin
    alert_id: UUID | None = Field(
        description="Null where it stands on another family's record, or is not yours to read."
    )


class AlertResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that answers for the alert.")
    author: AuthorResponse
    status: str
    disputed: bool
    severity: Severity
    subject: SubjectResponse
    behaviours: list[dict[str, Any]]
    circumstances: list[str]
    scope: str
    precautions: list[str]
    precaution_note: str | None
    grounds: dict[str, Any]
    child_impact: dict[str, Any]
    child_seen_how: str | None
    audience: AudienceResponse
    subject_notification: SubjectKnows
    protect_source: bool
    published_at: datetime
    ratify_by: datetime = Field(description="When it lapses unless ratified.")
    review_due: date
    expires_on: date
    unconfirmed: bool = Field(
        description="Of an alert on premises: the family has moved since it was confirmed."
    )
    origin: OriginResponse | None = Field(description="The alert that this one was made of.")
    version: int = Field(description="Counts every change; the ETag.")
    content_version: int = Field(description="What an acknowledgement refers to.")


class AlertList(ResponseBody):
    items: list[AlertResponse]
    next: str | None


class TransitionResponse(ResponseBody):
    version: int
    act: str = Field(description="What was done: `publish`, `ratify`, `review`, `renew` …")
    from_status: str | None
    to_status: str
    at: datetime
    by_agency_id: UUID | None
    by_name: str | None
    reason: str | None


class TransitionList(ResponseBody):
    items: list[TransitionResponse]
