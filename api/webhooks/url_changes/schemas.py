"""Request and response bodies of changes of an address."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.foundation.schemas import Narrative, RequestBody, ResponseBody


class ProposeUrl(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://hooks.example.org/doorstep/v2",
                    "reason": "The receiver moves to the new platform on Monday.",
                }
            ]
        }
    )

    url: Annotated[str, Field(min_length=8, max_length=500)] = Field(
        description="Where to post to from then on, judged as that of a new webhook."
    )
    reason: Narrative = Field(description="For the administrator who decides.")


class DecideUrl(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "approved"}]})

    outcome: Literal["approved", "refused"] = Field(
        description="`approved`: the old address is told, and the new one is to be verified."
    )


class UrlChangeResponse(ResponseBody):
    id: UUID
    subscription_id: UUID
    url: str
    reason: str
    status: str = Field(description="`proposed`, `approved` or `refused`.")
    proposed_at: datetime
    proposed_by_name: str
    decided_at: datetime | None
    decided_by_name: str | None
    version: int


class UrlChangeList(ResponseBody):
    items: list[UrlChangeResponse]
