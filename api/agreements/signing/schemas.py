"""Request bodies of giving an agreement to the family, and of what it answers."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import ByWhom
from api.agreements.rules import AgreementAnswer
from api.agreements.schemas import EXAMPLE_MEMBER, Formats, Language
from api.foundation.schemas import Day, Id, Narrative, RequestBody

Members = Annotated[list[Id], Field(min_length=1, max_length=20)]


class GiveAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "given_on": "2026-11-20",
                    "member_ids": [EXAMPLE_MEMBER],
                    "language": "pl",
                    "formats": ["written", "interpreter"],
                }
            ]
        }
    )

    given_on: Day = Field(description="Within the last year, and not to come.")
    member_ids: Members = Field(
        description="To whom: members of this family who are born, each once."
    )
    language: Language
    formats: Formats = Field(
        description="In which it was given. In another language than its own, `translated` or "
        "`interpreter` is one of them."
    )
    practitioner: ByWhom = None


class SignAgreement(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "signed", "member_ids": [EXAMPLE_MEMBER], "on": "2026-11-20"},
                {
                    "outcome": "refused",
                    "member_ids": [EXAMPLE_MEMBER],
                    "on": "2026-11-20",
                    "said": "Will sign when his own complaint has been answered.",
                },
            ]
        }
    )

    outcome: AgreementAnswer = Field(
        description="`refused` needs `said`. A signature is not undone by who refuses later."
    )
    member_ids: Members = Field(
        description="Who answered: members to whom the present content was given and who have not "
        "signed it."
    )
    on: Day = Field(
        description="Within the last year, not to come, and not before it was given to them."
    )
    said: Narrative | None = Field(None, description="What was said; needed with `refused`.")
    practitioner: ByWhom = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.outcome is AgreementAnswer.REFUSED and self.said is None:
            raise PydanticCustomError("unsaid", "With `refused`, `said` tells what was said.")
        return self
