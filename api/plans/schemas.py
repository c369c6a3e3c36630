"""Request and response bodies of plans."""

from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from api.code_lists.schemas import Precaution
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, refusal

EXAMPLE_SHARING: dict[str, JsonValue] = {
    "sharing": {
        "what": "That the agencies met, why, and what each of them will do.",
        "how": "At home, by two practitioners, in plain words and in writing.",
        "on": "2026-12-03",
        "by": "The health visitor and the school nurse.",
    }
}
EXAMPLE_RISK: dict[str, JsonValue] = {
    "measures": [
        {
            "precaution": "joint_visit_with_other_agency",
            "who": "Health visiting and the police",
            "from_on": "2026-12-01",
        },
        {
            "words": "Whoever visits rings the school office before and after.",
            "who": "All agencies",
            "from_on": "2026-12-01",
        },
    ],
    "alert_ids": [],
    "review_due": "2027-01-11",
    "repeat_days": 42,
}


class SharingBody(RequestBody):
    what: Narrative = Field(description="What the family is told of what went on.")
    how: Narrative
    on: Day = Field(description="When: not to come later than half a year ahead.")
    by: Line = Field(description="By whom.")


class NotYetBody(RequestBody):
    why: Narrative = Field(description="Why the family is not told yet.")
    look_again_on: Day = Field(description="When that is looked at again.")


class FamilySharingPlanBody(RequestBody):
    """What, how and when the family is told, and by whom; or why not yet (procedure §4)."""

    sharing: SharingBody | None = Field(None, description="Or `not_yet`.")
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

    precaution: Precaution | None = None
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

    measures: Annotated[list[MeasureBody], Field(min_length=1, max_length=30)]
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
        None, description="Each review schedules the next so many days ahead."
    )
