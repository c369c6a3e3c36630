"""Request and response bodies of plans."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from api.code_lists.schemas import Precaution
from api.foundation.schemas import (
    Day,
    Id,
    Line,
    Narrative,
    RequestBody,
    ResponseBody,
    refusal,
)
from api.plans.rules import PlanKind, PlanReviewOutcome, PlanStatus

EXAMPLE_AGENCY = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"

EXAMPLE_SHARING: dict[str, JsonValue] = {
    "sharing": {
        "what": "That the agencies met, why, and what each of them will do.",
        "how": "At home, by two practitioners, in plain words and in writing.",
        "on": "2026-12-03",
        "by": "The health visitor and the school nurse",
    }
}


class FamilyToldBody(RequestBody):
    what: Narrative = Field(description="What the family is told of what went on.")
    how: Narrative = Field(description="In which way and form, in words the family understands.")
    on: Day = Field(
        description="When: at most half a year ahead, or a year back where it was told at the "
        "meeting."
    )
    by: Line = Field(description="By whom.")


class NotYetBody(RequestBody):
    why: Narrative = Field(description="Why the family is not told yet.")
    look_again_on: Day = Field(description="When that is looked at again.")


class FamilySharingPlanBody(RequestBody):
    """What, how and when the family is told, and by whom; or why not yet (procedure §4)."""

    sharing: FamilyToldBody | None = Field(None, description="Or `not_yet`.")
    not_yet: NotYetBody | None = Field(None, description="Or `sharing`.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.sharing is None) == (self.not_yet is None):
            raise refusal(
                "sharing",
                "Say what is shared, or why not yet and when to look again.",
                at="sharing",
            )
        return self


class MeasureBody(RequestBody):
    """By its code, in words, or both."""

    precaution: Precaution | None = Field(
        None, description="A code of the list `precaution`; left out where `words` say it."
    )
    words: Narrative | None = Field(None, description="Needed where no code says it.")
    who: Line = Field(description="Who does it, or whom it is for.")
    from_on: Day = Field(description="From when it holds.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.words is None and self.precaution in (None, "other"):
            raise refusal("unnamed", "Give a code, or say it in words.", at="words")
        return self


class RiskReductionPlanBody(RequestBody):
    """What keeps practitioners safe, and when that is looked at again (procedure §4)."""

    measures: Annotated[list[MeasureBody], Field(min_length=1, max_length=30)] = Field(
        description="What is done, each once for the same people."
    )
    child_seen_how: Narrative | None = Field(
        None, description="Needed where a measure keeps practitioners from the home."
    )
    alert_ids: Annotated[list[Id], Field(max_length=20)] = Field(
        [], description="Alerts of this family that the caller reads, each once."
    )
    review_due: Day = Field(
        description="After today, at most `DOORSTEP_REVIEW_PLAN_WITHIN_MONTHS` ahead (by default "
        "three months)."
    )
    repeat_days: Annotated[int, Field(ge=7, le=180)] | None = Field(
        None,
        description="Each review schedules the next so many days ahead, within the same limit.",
    )


class ReviewPlan(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "held_on": "2026-12-15",
                    "outcome": "continue",
                    "note": "Two visits with the police, both calm. Everybody goes on by it.",
                    "review_due": "2027-01-26",
                }
            ]
        }
    )

    held_on: Day = Field(description="From the day it was drawn up until today.")
    outcome: PlanReviewOutcome = Field(description="It goes on, says something else, or ends.")
    note: Narrative = Field(description="What was found, and why it goes on, changes or ends.")
    review_due: Day | None = Field(
        None,
        description="With `continue`: the next review. Left out: `repeat_days` after this one, "
        "where the plan has them.",
    )
    family_sharing: FamilySharingPlanBody | None = Field(
        None, description="With `change` of such a plan: what it says from now on."
    )
    risk_reduction: RiskReductionPlanBody | None = Field(
        None, description="With `change` of such a plan: what it says from now on."
    )


class SharePlan(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"agency_id": EXAMPLE_AGENCY, "reason": "Housing will inspect the flat in January."}
            ]
        }
    )

    agency_id: Id = Field(description="Another agency that is involved with the family.")
    reason: Narrative = Field(description="Why it has to go by the plan. Shown to who reads it.")


class HandOverPlan(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"agency_id": EXAMPLE_AGENCY}]})

    agency_id: Id = Field(
        description="Another agency that has the plan, which answers for it from now on."
    )


class PlanPerson(ResponseBody):
    name: str
    job_title: str


class SharingResponse(ResponseBody):
    what: str
    how: str
    on: date
    by: str


class NotYetResponse(ResponseBody):
    why: str
    look_again_on: date


class FamilySharingResponse(ResponseBody):
    sharing: SharingResponse | None
    not_yet: NotYetResponse | None


class PrecautionResponse(ResponseBody):
    code: str
    label: str


class MeasureResponse(ResponseBody):
    precaution: PrecautionResponse | None
    words: str | None
    who: str
    from_on: date


class RiskReductionResponse(ResponseBody):
    measures: list[MeasureResponse]
    child_seen_how: str | None
    alert_ids: list[UUID] = Field(description="Those that the caller reads.")


class PlanContentResponse(ResponseBody):
    family_sharing: FamilySharingResponse | None = Field(description="Of such a plan.")
    risk_reduction: RiskReductionResponse | None = Field(description="Of such a plan.")


class PlanRecipientResponse(ResponseBody):
    agency_id: UUID
    reason: str
    since: datetime


class PlanResponse(PlanContentResponse):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that answers for the plan.")
    meeting_id: UUID | None = Field(
        description="The meeting that drew it up; null for who was not invited to it."
    )
    kind: PlanKind
    status: PlanStatus
    drawn_up_at: datetime
    review_due: date
    review_overdue: bool
    repeat_days: int | None
    recipients: list[PlanRecipientResponse] = Field(description="Who goes by it, and why.")
    version: int = Field(description="Counts every change; the ETag.")
    content_version: int


class PlanList(ResponseBody):
    items: list[PlanResponse]
    next: str | None


class PlanVersionResponse(PlanContentResponse):
    number: int
    reason: str | None = Field(description="Why it changed: what the review found.")
    at: datetime
    by: PlanPerson


class PlanVersionList(ResponseBody):
    items: list[PlanVersionResponse]


class PlanReviewResponse(ResponseBody):
    version: int = Field(description="Of the plan, as the review left it.")
    held_on: date
    outcome: PlanReviewOutcome
    note: str
    review_due: date | None = Field(description="The next one; null where the plan ended.")
    at: datetime
    by_agency_id: UUID | None
    by: PlanPerson


class PlanReviewList(ResponseBody):
    items: list[PlanReviewResponse]
