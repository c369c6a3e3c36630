"""Request and response bodies of reviews."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.foundation.schemas import Day, Narrative, RequestBody, ResponseBody

EXAMPLE_WEIGHED: JsonValue = {
    "severity": "A dog was set on the practitioner; nobody was hurt.",
    "time_since": "Eleven weeks since the last hostile contact.",
    "behaviour_since": "Two visits with the police present, both tense, no threats.",
    "one_off_stress": {"likely": False, "statement": "The same happened in the spring."},
}


class BeginReview(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Three calm visits in a row"}]}
    )

    reason: Narrative | None = Field(None, description="What gave occasion to it.")


class OneOffStress(RequestBody):
    likely: bool = Field(description="Whether it is likely.")
    statement: Narrative = Field(description="What speaks for it, or against.")


class WeighedBody(RequestBody):
    """What has to be weighed before a marker is kept (ICO good practice; domain §4, 9)."""

    severity: Narrative = Field(description="How grave the behaviour was.")
    time_since: Narrative = Field(description="How long it is since the behaviour.")
    behaviour_since: Narrative = Field(description="How the person has behaved since.")
    one_off_stress: OneOffStress = Field(
        description="Whether it was a single reaction to unusual stress."
    )


class RecordReview(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "renewed",
                    "weighed": EXAMPLE_WEIGHED,
                    "grounds": "The risk is as it was; every offer of help was declined.",
                    "review_due": "2027-04-01",
                    "expires_on": "2027-08-01",
                }
            ]
        }
    )

    outcome: Literal["renewed", "withdrawn"] = Field(
        description="`renewed` needs a review_due; `withdrawn` recalls the alert."
    )
    weighed: WeighedBody
    grounds: Narrative = Field(description="Why the alert is still needed, or no longer.")
    review_due: Day | None = Field(
        None, description="Of a renewed alert: by default at most 6 months away."
    )
    expires_on: Day | None = Field(
        None,
        description="Of a renewed alert: by default at most 12 months away. Left out: as before.",
    )

    @model_validator(mode="after")
    def _fits_outcome(self) -> Self:
        if self.outcome == "renewed" and self.review_due is None:
            raise PydanticCustomError("review_due", "A renewed alert needs its next review_due.")
        if self.outcome == "withdrawn" and (self.review_due or self.expires_on):
            raise PydanticCustomError("withdrawn", "A withdrawn alert has no further dates.")
        return self


class AlertReviewResponse(ResponseBody):
    id: UUID
    alert_id: UUID
    agency_id: UUID
    outcome: str
    weighed: WeighedBody
    grounds: str
    begun_by_name: str | None
    reviewer_name: str
    reviewed_at: datetime
    review_due: date | None
    expires_on: date | None


class ReviewList(ResponseBody):
    items: list[AlertReviewResponse]
