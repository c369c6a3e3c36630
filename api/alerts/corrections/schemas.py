"""Request bodies of corrections."""

from typing import Self

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.alerts.schemas import (
    EXAMPLE_ALERT,
    AudienceBody,
    ChildImpactBody,
    PublishAlert,
    SubjectBody,
)
from api.foundation.schemas import Day, Id, Narrative, RequestBody, refusal

_ID: JsonValue = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
_IMPACT: JsonValue = {"known": False, "statement": "Nobody has seen the children there yet."}


class Supersede(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "A second dog, and a threat with a knife.",
                    "replacement": {**EXAMPLE_ALERT, "severity": "immediate_danger"},
                }
            ]
        }
    )

    reason: Narrative = Field(description="Why the alert is replaced.")
    replacement: PublishAlert = Field(description="The whole alert that takes its place.")


class EnterInError(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Recorded on the wrong family."}]}
    )

    reason: Narrative = Field(description="What the error was.")


class CorrectSubject(RequestBody):
    """Another family's record needs its own statement on what it means for the child there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "It was the uncle, who does not live there.",
                    "subject": {"kind": "other_person", "description": "The father's brother"},
                }
            ]
        }
    )

    reason: Narrative = Field(description="How the wrong subject came to be marked.")
    subject: SubjectBody
    family_id: Id | None = Field(
        None, description="Another family of the owner's, if it is about somebody of that one."
    )
    child_impact: ChildImpactBody | None = None
    audience: AudienceBody | None = Field(
        None, description="On another family's record; left out: everybody involved with it."
    )

    @model_validator(mode="after")
    def _fits_family(self) -> Self:
        if self.family_id is None and (self.child_impact or self.audience):
            raise PydanticCustomError(
                "family_id", "child_impact and audience are given with another family_id only."
            )
        if self.family_id is not None and self.child_impact is None:
            raise refusal(
                "missing_impact",
                "On another family's record, say what it means for the child.",
                at="child_impact",
            )
        return self


class ExtendAlert(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "family_id": _ID,
                    "member_id": _ID,
                    "reason": "He stays with his new partner and her children at weekends.",
                    "child_impact": _IMPACT,
                    "audience": {"kind": "involved"},
                    "review_due": "2027-02-01",
                    "expires_on": "2027-05-01",
                }
            ]
        }
    )

    family_id: Id = Field(description="The other household's record, which the caller reads too.")
    member_id: Id = Field(description="The same adult, as a member of that record.")
    reason: Narrative = Field(description="What the adult has to do with that household.")
    child_impact: ChildImpactBody
    audience: AudienceBody
    review_due: Day = Field(description="By default at most 6 months away.")
    expires_on: Day = Field(description="By default at most 12 months away.")


class ConfirmAlert(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The dog stayed with the grandparents there."}]}
    )

    reason: Narrative = Field(description="Why it holds also after the move.")
