"""Filters and response bodies of attempts."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody
from api.webhooks.schemas import AttemptResponse

FAILED = "failed"
"""In a filter: every outcome but `delivered`."""

Outcome = Literal[
    "failed", "delivered", "timeout", "connect_error", "connection_error", "destination_refused",
    "keys_unreadable", "internal_error", "challenge_failed", "http_1xx", "http_3xx", "http_4xx",
    "http_5xx", "http_6xx", "http_7xx", "http_8xx", "http_9xx",
]  # fmt: skip


class ListedAttempt(AttemptResponse):
    number: int = Field(description="From 1 again when the message is replayed.")
    delivery_id: UUID
    message_id: UUID = Field(
        description="The `webhook-id` it is sent with; of an event that the agency may no longer "
        "read, that of what stands in its place."
    )
    kind: str = Field(
        description="`event`, or of the subscription itself: `verification`, `test`, `heartbeat`, "
        "`moved`."
    )
    priority: str
    position: int | None = Field(description="In the agency's feed, which says what it is about.")


class AttemptList(ResponseBody):
    items: list[ListedAttempt]
    next: str | None
