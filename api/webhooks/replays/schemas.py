"""Request and response bodies of replays."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.foundation.schemas import RequestBody, ResponseBody, refusal


class StartReplay(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"which": "missing", "from_position": 1201, "to_position": 1410}]
        }
    )

    which: Literal["failed", "missing", "all"] = Field(
        description="`failed`: what was given up. `missing`: also what was never queued, such as "
        "from before the subscription. `all`: also what was taken already."
    )
    from_position: Annotated[int, Field(ge=1, le=2**62)] = Field(
        description="In the agency's feed."
    )
    to_position: Annotated[int, Field(ge=1, le=2**62)] | None = Field(
        None, description="Included; left out: as far as the subscription has come."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to_position is not None and self.to_position < self.from_position:
            raise refusal("order", "to_position is before from_position.", at="to_position")
        return self


class ReplayResponse(ResponseBody):
    id: UUID
    subscription_id: UUID
    which: str
    from_position: int
    to_position: int
    next_position: int = Field(description="Everything before it is queued.")
    queued: int = Field(description="So many messages so far.")
    status: str = Field(description="`running`, `done`: all of it is queued; or `cancelled`.")
    created_at: datetime
    finished_at: datetime | None
    version: int


class ReplayList(ResponseBody):
    items: list[ReplayResponse]
    next: str | None
