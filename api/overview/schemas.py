"""What a visitor asks, and is shown."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.alerts.rules import SubjectKind
from api.engagement.constraints.schemas import IncludedResponse
from api.families.schemas import Value
from api.foundation.schemas import Id, RequestBody, ResponseBody
from api.plans.rules import PlanKind
from api.plans.schemas import MeasureResponse, NotYetResponse, SharingResponse

MOST_ENTRIES = 1000
EXAMPLE_ENTRIES: list[JsonValue] = [
    {"local_id": "HV-00417"},
    {"family_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"},
]


class Asked(BaseModel):
    """A family by the agency's own id, of its involvement or of a member, or by the shared id.
    Read within `LookUpBanners`, which makes it strict: a thousand need not be so one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    local_id: Value | None = Field(
        None, description="The agency's own id, of its involvement or of a member."
    )
    family_id: Id | None = Field(None, description="The shared id, instead of a local_id.")

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        if (self.local_id is None) == (self.family_id is None):
            raise PydanticCustomError("one_of", "Give either a local_id or a family_id.")
        return self


class LookUpBanners(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"entries": EXAMPLE_ENTRIES}]})

    entries: Annotated[list[Asked], Field(min_length=1, max_length=MOST_ENTRIES)] = Field(
        description="One for each family; the answer has as many items, in this order."
    )


class CodeAndLabel(ResponseBody):
    code: str
    label: str


class Contact(ResponseBody):
    agency_id: UUID
    agency: str
    emergency_contact: dict[str, Any] | None


class BannerSubject(ResponseBody):
    kind: SubjectKind
    member_id: UUID | None
    address_id: UUID | None
    description: str | None
    address: str | None = Field(description="Of premises: where they are, in one line.")


class BannerAlert(ResponseBody):
    id: UUID
    family_id: UUID = Field(description="The record that it stands on.")
    severity: str
    status: str
    provisional: bool = Field(description="No manager has ratified it yet; in force all the same.")
    disputed: bool
    review_overdue: bool
    subject_told: bool = Field(description="If not: do not mention the alert to its subject.")
    unconfirmed: bool = Field(
        description="About premises, and the family has moved since it was confirmed."
    )
    on_address: bool = Field(
        description="About premises where the family lives, and published on another record."
    )
    subject: BannerSubject
    lines: list[str] = Field(description="Plain words, in the order to be read.")
    precautions: list[CodeAndLabel]
    behaviours: list[CodeAndLabel]
    contact: Contact = Field(description="Whom to ring: the agency that answers for the alert.")
    published_at: datetime
    review_due: date
    content_version: int


class LastIncident(ResponseBody):
    id: UUID
    agency_id: UUID = Field(description="The agency that recorded it.")
    occurred_at: datetime
    line: str = Field(description="Plain words.")
    behaviours: list[CodeAndLabel]


class BannerConstraint(ResponseBody):
    """What cannot be assessed, and which agency meets it."""

    id: UUID
    family_id: UUID = Field(description="The record that it stands on.")
    area: CodeAndLabel
    why: str
    since: date
    member_id: UUID | None = Field(description="The child concerned; null: every child.")
    agency_id: UUID
    agency: str
    included_in_child_risk_assessment: IncludedResponse


class BannerPlan(ResponseBody):
    """What the agencies go by that a meeting drew up: measures that keep practitioners safe, or
    what the family is told, and what it does not know yet."""

    id: UUID
    family_id: UUID = Field(description="The record that it stands on.")
    kind: PlanKind
    agency_id: UUID = Field(description="The agency that answers for it.")
    agency: str
    review_due: date
    review_overdue: bool = Field(description="It holds all the same.")
    lines: list[str] = Field(description="Plain words, in the order to be read.")
    measures: list[MeasureResponse] = Field(description="Of a risk reduction plan.")
    child_seen_how: str | None
    sharing: SharingResponse | None = Field(description="What the family is told, and when.")
    not_yet: NotYetResponse | None = Field(
        description="The family is not told: do not speak of what the agencies know."
    )


class BannerAlerts(ResponseBody):
    family_id: UUID
    merged_into: UUID | None = Field(
        description="The record to work with, where this one was merged away. Its alerts are among "
        "these once the caller has joined it."
    )
    level: str = Field(description="`none`, or the gravest severity of the live alerts.")
    lines: list[str] = Field(
        description="Plain words about the record itself, to be read first: that it is merged into "
        "another which the caller has not joined. Mostly none."
    )
    alerts: list[BannerAlert]
    last_incident: LastIncident | None = Field(
        description="The latest that the caller reads; an incident is no alert."
    )


class Banner(BannerAlerts):
    assessment_constraints: list[BannerConstraint] | None = Field(
        description="Those unresolved; they raise no level. Null under break-glass, which does "
        "not open them."
    )
    plans: list[BannerPlan] | None = Field(
        description="The current plans that the caller's agency was given; they raise no level. "
        "Null under break-glass, which does not open them."
    )


class Found(BannerAlerts):
    """The banner of the entry's family."""

    status: Literal["found"]


class NoSharedRecord(ResponseBody):
    """There is none, or none that the caller may read: the answer is the same."""

    status: Literal["no_shared_record"]


class Ambiguous(ResponseBody):
    """The local id is that of one family's case and of another's member: ask by `family_id`."""

    status: Literal["ambiguous"]
    family_ids: list[UUID]


class BannerLookup(ResponseBody):
    items: list[Annotated[Found | NoSharedRecord | Ambiguous, Field(discriminator="status")]]
