"""Request and response bodies of reflections."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.code_lists.schemas import CollusionSign, SelfQuestion
from api.engagement.reflections.rules import ReflectionAnswer
from api.foundation.schemas import Narrative, RequestBody, ResponseBody

EXAMPLE: dict[str, JsonValue] = {
    "signs": [
        {"code": "less_contentious_issues", "answer": "yes", "note": "We spoke of the boiler."},
        {"code": "child_not_asked_to_be_seen_alone", "answer": "unsure"},
    ],
    "questions": [{"code": "relieved_out_of_the_door", "answer": "yes"}],
    "as_the_door_closed": "That nobody would ask them either.",
}


class SignBody(RequestBody):
    code: CollusionSign
    answer: ReflectionAnswer = Field(
        description="`yes` where one sees this sign in one's own work."
    )
    note: Narrative | None = Field(
        None,
        description="What makes one think so. Read by who wrote it and the managers of their agency"
        " alone.",
    )


class QuestionBody(RequestBody):
    code: SelfQuestion
    answer: ReflectionAnswer = Field(description="To the question, as its label asks it.")
    note: Narrative | None = Field(
        None,
        description="What makes one think so. Read by who wrote it and the managers of their agency"
        " alone.",
    )


class WriteReflection(RequestBody):
    """As much of the self-check as was answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    signs: Annotated[list[SignBody], Field(max_length=20)] = Field(
        default=[], description="Whether one sees these signs of colluding in one's own work."
    )
    questions: Annotated[list[QuestionBody], Field(max_length=10)] = Field(
        default=[], description="What practitioners ask themselves."
    )
    as_the_door_closed: Narrative | None = Field(
        None,
        description="What might the children have been feeling as the door closed behind you?",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.signs or self.questions or self.as_the_door_closed):
            raise PydanticCustomError("empty", "Answer one of the questions at least.")
        return self


class ReviseReflection(WriteReflection):
    """The whole of it anew; what was written before is kept as a version."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class AnsweredResponse(ResponseBody):
    code: str
    answer: ReflectionAnswer
    note: str | None


class ReflectionPerson(ResponseBody):
    name: str
    job_title: str


class ReflectionVersionResponse(ResponseBody):
    version: int
    at: datetime
    signs: list[AnsweredResponse]
    questions: list[AnsweredResponse]
    as_the_door_closed: str | None


class ReflectionResponse(ReflectionVersionResponse):
    id: UUID
    family_id: UUID
    agency_id: UUID
    written_by: ReflectionPerson
    written_at: datetime


class ReflectionList(ResponseBody):
    items: list[ReflectionResponse]
    next: str | None


class ReflectionVersionList(ResponseBody):
    items: list[ReflectionVersionResponse]
    next: str | None
