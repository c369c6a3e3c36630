"""Request and response bodies of merges."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.families.schemas import PractitionerName
from api.foundation.schemas import Id, Narrative, RequestBody, ResponseBody, Token


class ProposeMerge(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "join_token": "qRUT1h2vVDv4Zjxfp1woQFsiMDFh",
                    "survives": "this",
                    "reason": "The same child: registered once before and once after birth.",
                }
            ]
        }
    )

    join_token: Token | None = Field(None, description="Of a match that answered the other one.")
    family_id: Id | None = Field(None, description="The other one, where the agency is involved.")
    survives: Literal["this", "other"] = Field(
        description="Which record remains: `this`, of the path, or the `other`."
    )
    reason: Narrative = Field(description="Why the two are one family. Both leads read it.")

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if (self.join_token is None) == (self.family_id is None):
            raise PydanticCustomError("one_of", "Give either a join_token or a family_id.")
        return self


class MergeReason(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Both leads have spoken, and compared."}]}
    )

    reason: Narrative = Field(description="Why it was decided so. Both leads read it.")


class MergeResponse(ResponseBody):
    id: UUID
    family_id: UUID = Field(description="The record from whose side it was proposed.")
    other_family_id: UUID
    survivor_id: UUID = Field(description="Which of the two remains.")
    proposed_by: UUID = Field(description="The agency that led `family_id` then.")
    author: PractitionerName
    reason: str
    status: str
    decision_reason: str | None
    undo_reason: str | None
    created_at: datetime
    decided_at: datetime | None
    undone_at: datetime | None
    version: int


class MergeList(ResponseBody):
    items: list[MergeResponse]
    next: str | None
