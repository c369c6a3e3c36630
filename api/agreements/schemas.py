"""Request and response bodies of written agreements."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import ByWhom
from api.agreements.rules import AgreementAnswer, AgreementStatus, ReviewOutcome
from api.code_lists.schemas import AgreementConsequence, AgreementFormat, ThreateningBehaviour
from api.foundation.schemas import Day, Id, Narrative, RequestBody, ResponseBody


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise PydanticCustomError("repeated", "An item is repeated.")
    return values


def _stated(value: bool) -> bool:
    if not value:
        raise PydanticCustomError(
            "not_stated", "Spell out that it counts in the child's risk assessment (§3)."
        )
    return value


Language = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        max_length=35,
        description="A language tag of BCP 47: `en`, `pl`, `bfi` (British Sign Language).",
    ),
]
Formats = Annotated[
    list[AgreementFormat], Field(min_length=1, max_length=7), AfterValidator(_distinct)
]

EXAMPLE_MEMBER = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
EXAMPLE_CONTENT: dict[str, JsonValue] = {
    "unacceptable_behaviours": [
        {"code": "swearing"},
        {"code": "shouting", "words": "Raising your voice at whoever visits, or at the school."},
        {"words": "Standing in the doorway so that nobody can leave."},
    ],
    "counts_in_child_risk_assessment": True,
    "risk_assessment_wording": "How you treat visitors counts when we judge how safe Maya is.",
    "consequences": [
        {
            "code": "office_only_contact",
            "rationale": "Maya is seen at school every week; her home is seen with the police.",
        },
        {"code": "supervision_order"},
    ],
    "language": "en",
    "formats": ["written", "read_aloud"],
}


class AgreementBehaviourBody(RequestBody):
    """By its code, in the agency's own words, or both."""

    code: ThreateningBehaviour | None = Field(
        None,
        description="A code of the list `threatening_behaviour`, each once; may be left out where "
        "`words` say it.",
    )
    words: Narrative | None = Field(
        None, description="As the family is told; needed where no code fits."
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.code is None and self.words is None:
            raise PydanticCustomError("unnamed", "Give a code, or say it in words.")
        return self


class ConsequenceBody(RequestBody):
    code: AgreementConsequence
    rationale: Narrative | None = Field(
        None,
        description="Why; with `office_only_contact` it must be there, weighed against the "
        "necessity of seeing the child at home.",
    )
    note: Narrative | None = Field(None, description="With `other`: which.")


class ContentBody(RequestBody):
    """What the family is asked to agree to (§3)."""

    unacceptable_behaviours: Annotated[
        list[AgreementBehaviourBody], Field(min_length=1, max_length=20)
    ] = Field(description="Exactly what is not accepted, each behaviour once.")
    counts_in_child_risk_assessment: Annotated[bool, AfterValidator(_stated)] = Field(
        description="Always true: an agreement that does not spell it out is refused."
    )
    risk_assessment_wording: Narrative = Field(
        description="How the family is told that it counts in any assessment of risk to the child."
    )
    consequences: Annotated[list[ConsequenceBody], Field(min_length=1, max_length=10)] = Field(
        description="What follows where it goes on, each code once. A breach can apply these alone."
    )
    language: Language
    formats: Formats = Field(description="In which it is drawn up (§5): each code once.")


class DraftAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "content": EXAMPLE_CONTENT,
                    "review_due": "2027-01-15",
                    "author": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    content: ContentBody = Field(
        description="Given to the family, and answered by it, in a step of its own."
    )
    review_due: Day = Field(
        description="After today, and at most `DOORSTEP_REVIEW_AGREEMENT_WITHIN_MONTHS` ahead (by "
        "default three months)."
    )
    author: ByWhom = None


class ChangeAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"content": EXAMPLE_CONTENT, "reason": "The mother asked for plainer words."}
            ]
        }
    )

    content: ContentBody = Field(description="The whole of it anew: to be given and answered anew.")
    review_due: Day | None = Field(None, description="As it is, if left out.")
    reason: Narrative = Field(
        description="Why it says something else from now on. Kept with the step."
    )
    practitioner: ByWhom = None


class ReviewAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "held_on": "2026-11-20",
                    "outcome": "continue",
                    "note": "Two visits without a raised voice; both parents wish to go on.",
                    "review_due": "2027-02-15",
                }
            ]
        }
    )

    held_on: Day = Field(description="From the day it was answered until today.")
    outcome: ReviewOutcome = Field(
        description="`continue` and `change` need `review_due`, and `change` needs `content`."
    )
    note: Narrative = Field(description="What was found, and why it goes on, changes or ends.")
    review_due: Day | None = Field(None, description="The next review; not with `end`.")
    content: ContentBody | None = Field(
        None, description="With `change`: what it says from now on, to be given and signed anew."
    )
    practitioner: ByWhom = None


class ReplaceAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "content": EXAMPLE_CONTENT,
                    "review_due": "2027-01-15",
                    "reason": "The father has moved in, and was no party to the one before.",
                    "author": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    content: ContentBody = Field(description="What the new agreement says.")
    review_due: Day = Field(
        description="Of the new one: after today, and at most "
        "`DOORSTEP_REVIEW_AGREEMENT_WITHIN_MONTHS` ahead (by default three months)."
    )
    reason: Narrative = Field(
        description="Why another one is needed rather than a change. Kept with its draft."
    )
    author: ByWhom = None


class EndAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The child protection plan has ended."}]}
    )

    reason: Narrative = Field(description="Why it is not needed any more. Kept with the step.")
    practitioner: ByWhom = None


class HandOverAgreement(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"agency_id": EXAMPLE_MEMBER}]})

    agency_id: Id = Field(
        description="Another agency that is involved, which answers for it from now on."
    )


class PersonResponse(ResponseBody):
    name: str
    job_title: str


class BehaviourResponse(ResponseBody):
    code: str | None
    words: str | None


class ConsequenceResponse(ResponseBody):
    code: str
    rationale: str | None
    note: str | None


class ContentResponse(ResponseBody):
    unacceptable_behaviours: list[BehaviourResponse]
    counts_in_child_risk_assessment: bool
    risk_assessment_wording: str
    consequences: list[ConsequenceResponse]
    language: str
    formats: list[str]


class GivingResponse(ResponseBody):
    given_on: date
    member_ids: list[UUID]
    language: str
    formats: list[str]
    by: PersonResponse


class AgreementAnswerResponse(ResponseBody):
    outcome: AgreementAnswer
    member_ids: list[UUID]
    on: date
    said: str | None
    by: PersonResponse = Field(description="Who recorded it.")


class AgreementResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that answers for the agreement.")
    author: PersonResponse
    status: AgreementStatus
    content: ContentResponse
    given: list[GivingResponse] = Field(description="Of the present content.")
    answers: list[AgreementAnswerResponse] = Field(description="To the present content.")
    answered_on: date | None = Field(description="Since when it is in force, or refused.")
    review_due: date
    review_overdue: bool
    replaces_id: UUID | None = Field(
        description="The agreement whose place this one takes when it is signed."
    )
    drafted_at: datetime
    version: int = Field(description="Counts every change; the ETag.")
    content_version: int = Field(description="What a signature belongs to.")


class AgreementList(ResponseBody):
    items: list[AgreementResponse]
    next: str | None


class AgreementVersionResponse(ResponseBody):
    number: int
    content: ContentResponse
    at: datetime
    by: PersonResponse


class AgreementVersionList(ResponseBody):
    items: list[AgreementVersionResponse]


class StepResponse(ResponseBody):
    version: int
    content_version: int
    act: str = Field(description="What was done: `draft`, `give`, `sign`, `refuse`, `review` …")
    from_status: str | None
    to_status: str
    at: datetime
    by_agency_id: UUID | None
    by: PersonResponse | None = Field(
        description="Null where the lead took it over from an agency that others ended."
    )
    day: date | None = Field(description="When it happened, where that is on record.")
    member_ids: list[UUID] | None
    language: str | None
    formats: list[str] | None
    review_due: date | None
    note: str | None


class StepList(ResponseBody):
    items: list[StepResponse]
