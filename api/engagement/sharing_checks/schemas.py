"""Request and response bodies of sharing checks."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.code_lists.schemas import Circumstance
from api.engagement.sharing_checks.rules import CheckAnswer
from api.foundation.schemas import Id, Line, Narrative, RequestBody, ResponseBody


class AdultBody(RequestBody):
    """The adult linked to the child: on the family's record, or described."""

    member_id: Id | None = Field(
        None, description="An adult on this family's record; or else `description`, never both."
    )
    description: Line | None = Field(None, description="Who it is, if not on this family's record.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.member_id is None) == (self.description is None):
            raise PydanticCustomError("adult", "Name a member, or describe who else it is.")
        return self


class AnswersBody(RequestBody):
    """Questions 1, 3, 4, 5 and 6 of the procedure."""

    experienced_hostility: CheckAnswer = Field(
        description="1. Do you have experience of the adult linked to the child being hostile, "
        "intimidating, threatening or actually violent?"
    )
    intimidated_or_fearful: CheckAnswer = Field(
        description="3. Are you intimidated or fearful of the adult?"
    )
    less_than_honest: CheckAnswer = Field(
        description="4. Do you feel you may have been less than honest with the family to avoid "
        "conflict?"
    )
    first_time_acknowledged: CheckAnswer = Field(
        description="5a. Are you now in a position where you will have to acknowledge concerns for "
        "the first time?"
    )
    fearful_of_response: CheckAnswer = Field(
        description="5b. And are you fearful how they will respond to you?"
    )
    would_want_to_know: CheckAnswer = Field(
        description="6. In their position, would you want to be made aware of these concerns?"
    )


class AnswerSharingCheck(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "adult": {"description": "The father's brother, who stays at weekends"},
                    "answers": {
                        "experienced_hostility": "yes",
                        "intimidated_or_fearful": "no",
                        "less_than_honest": "no",
                        "first_time_acknowledged": "yes",
                        "fearful_of_response": "no",
                        "would_want_to_know": "yes",
                    },
                    "circumstances": ["alcohol"],
                    "note": "He stood in the doorway until I left.",
                }
            ]
        }
    )

    adult: AdultBody
    answers: AnswersBody
    circumstances: Annotated[list[Circumstance], Field(max_length=10)] = Field(
        default=[],
        description="2. In which circumstances; `none_specific` where it is general. Needed with a "
        "yes to the first question, and itself no reason to share.",
    )
    note: Narrative | None = Field(
        None,
        description="What the answers leave open. Read by who answered and the managers of their "
        "agency alone.",
    )


class AdultResponse(ResponseBody):
    member_id: UUID | None
    description: str | None


class AnswersResponse(ResponseBody):
    experienced_hostility: CheckAnswer
    intimidated_or_fearful: CheckAnswer
    less_than_honest: CheckAnswer
    first_time_acknowledged: CheckAnswer
    fearful_of_response: CheckAnswer
    would_want_to_know: CheckAnswer


class CheckPerson(ResponseBody):
    name: str
    job_title: str


class SharingCheckResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID
    answered_by: CheckPerson
    answered_at: datetime
    adult: AdultResponse
    answers: AnswersResponse
    circumstances: list[str]
    note: str | None
    obligation_id: UUID | None = Field(
        description="The obligation to share that follows; null where every answer is no."
    )


class SharingCheckList(ResponseBody):
    items: list[SharingCheckResponse]
    next: str | None
