"""Request bodies of outcomes: the draft, the amendment, what an agency answers."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from api.agencies.schemas import ByWhom
from api.alerts.schemas import PublishAlert
from api.foundation.schemas import Id, Narrative, RequestBody, refusal
from api.meetings.actions.schemas import EXAMPLE_ACTION, NewAction
from api.meetings.outcome.parts import (
    AlertDecisionBody,
    AttendanceBody,
    DecisionBody,
    DissentBody,
    FamilyMemberBody,
    InabilityAnswerBody,
    InformationBody,
    LivedExperienceBody,
    NextMeetingBody,
    RoleBody,
)
from api.meetings.outcome.rules import Answer
from api.plans.schemas import EXAMPLE_SHARING, FamilySharingPlanBody, RiskReductionPlanBody

_ONE: JsonValue = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
_OTHER: JsonValue = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c12"
_WHO: JsonValue = {"name": "Jonas Wood", "job_title": "police constable"}
EXAMPLE_RECORD: dict[str, JsonValue] = {
    "attendance": [
        {"agency_id": _ONE, "attendance": "attended", "people": [_WHO]},
        {"agency_id": _OTHER, "attendance": "report_only"},
    ],
    "family": [
        {
            "member_id": _ONE,
            "attendance": "did_not_attend",
            "views": "By a letter that the health visitor read out.",
            "feedback": "The health visitor tells him on 3 December.",
        }
    ],
    "information": [
        {"agency_id": _ONE, "said": "Called out four times since June, twice at night."},
        {"agency_id": _OTHER, "said": "A neighbour reports shouting.", "agency_ids": [_ONE]},
    ],
    "decisions": [
        {"decision": "Visits are joint until January.", "reasons": "Two visits ended in threats."}
    ],
    "dissent": [
        {
            "agency_id": _ONE,
            "who": _WHO,
            "about": "Joint visits",
            "why": "The police cannot be there each time.",
        }
    ],
    "roles": [
        {
            "agency_id": _ONE,
            "practitioner": _WHO,
            "role": "goes along to home visits",
            "tasks": "Joins each visit until the next meeting.",
            "told_to_family": {"told": True},
        }
    ],
    "child_lived_experience": {
        "known": True,
        "statement": "Maya hides upstairs when somebody knocks, and sleeps badly.",
    },
}
EXAMPLE_OUTCOME: dict[str, JsonValue] = {
    **EXAMPLE_RECORD,
    "actions": [EXAMPLE_ACTION],
    "next_meeting": {"kind": "practitioners_meeting", "on": "2027-01-11"},
    "family_sharing_plan": EXAMPLE_SHARING,
}
EXAMPLE_BARE: dict[str, JsonValue] = {"decisions": EXAMPLE_RECORD["decisions"]}


class OutcomeRecordBody(RequestBody):
    """What went on at the meeting, as everybody invited reads it."""

    attendance: Annotated[list[AttendanceBody], Field(max_length=50)] = Field(
        [], description="Every agency that was invited, once, and no other."
    )
    family: Annotated[list[FamilyMemberBody], Field(max_length=30)] = Field(
        [], description="Everybody of the family who was invited or excluded; others as needed."
    )
    information: Annotated[list[InformationBody], Field(max_length=100)] = Field(
        [], description="What the agencies told, each piece for everybody invited or for some."
    )
    decisions: Annotated[list[DecisionBody], Field(max_length=50)] = Field(
        [], description="At least one, once it is recorded."
    )
    dissent: Annotated[list[DissentBody], Field(max_length=50)] = Field(
        [], description="Views that differ, beside what was decided."
    )
    roles: Annotated[list[RoleBody], Field(max_length=50)] = Field(
        [], description="Who does what from now on: known to all agencies and the family."
    )
    inability_answers: Annotated[list[InabilityAnswerBody], Field(max_length=50)] = Field(
        [], description="Needed of every agency invited whose inability is not resolved."
    )
    child_lived_experience: LivedExperienceBody | None = Field(
        None, description="What life is like for the child; needed, once it is recorded."
    )


class OutcomeBody(OutcomeRecordBody):
    """The whole outcome. As a draft it may lack parts; recorded, it may not."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_OUTCOME, EXAMPLE_BARE]})

    actions: Annotated[list[NewAction], Field(max_length=50)] = Field(
        [], description="What the meeting asks of agencies that were invited."
    )
    alerts: Annotated[list[AlertDecisionBody], Field(max_length=20)] = Field(
        [], description="What is decided about alerts of this family, each once."
    )
    publish: Annotated[list[PublishAlert], Field(max_length=10)] = Field(
        [], description="Alerts that the chair's agency publishes, written by the chair."
    )
    next_meeting: NextMeetingBody | None = Field(
        None, description="When the agencies meet next; needed, once it is recorded."
    )
    family_sharing_plan: FamilySharingPlanBody | None = Field(
        None,
        description="Needed of a practitioners' meeting, and where an adult of the family who was "
        "invited did not come, or was excluded.",
    )
    risk_reduction_plan: RiskReductionPlanBody | None = Field(
        None, description="Needed of a risk reduction meeting."
    )


class AmendOutcome(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "The police were there from the beginning.",
                    "outcome": EXAMPLE_RECORD,
                    "actions": [EXAMPLE_ACTION],
                    "settles": [_ONE],
                }
            ]
        }
    )

    reason: Narrative = Field(
        description="Why the record is told anew; everybody invited reads it."
    )
    outcome: OutcomeRecordBody = Field(description="The whole record anew.")
    actions: Annotated[list[NewAction], Field(max_length=50)] = Field(
        [], description="Further actions; those before stand."
    )
    settles: Annotated[list[Id], Field(max_length=50)] = Field(
        [], description="Open requests for a correction that this answers."
    )


class RespondToOutcome(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"number": 1, "answer": "confirmed"},
                {
                    "number": 1,
                    "answer": "correction_asked",
                    "correction": "We were there from the beginning.",
                },
            ]
        }
    )

    number: Annotated[int, Field(ge=1, le=9999)] = Field(
        description="The version of the outcome that it is about: the one that stands."
    )
    answer: Answer = Field(description="`correction_asked` needs a correction.")
    correction: Narrative | None = Field(
        None, description="What should be mended, with `correction_asked` and only there."
    )
    practitioner: ByWhom = None

    @model_validator(mode="after")
    def _fits_answer(self) -> Self:
        if (self.answer is Answer.CORRECTION_ASKED) != (self.correction is not None):
            said = "Say what should be mended with `correction_asked`, and only there."
            raise refusal("correction", said, at="correction")
        return self


class DeclineCorrection(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reply": "The minutes and two others say 10.20."}]}
    )

    reply: Narrative = Field(description="Why the record stays as it is.")
