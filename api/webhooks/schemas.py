"""Request and response bodies of webhooks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.foundation.schemas import RequestBody, ResponseBody, in_words

_PATTERN = r"^[a-z_]+\.(\*|[a-z_]+)$"
Pattern = Annotated[
    str,
    Field(pattern=_PATTERN, max_length=64),
    in_words(_PATTERN, "Must be a type such as alert.published, or a subject such as alert.*"),
]


class CreateWebhook(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://hooks.example.org/doorstep", "event_types": ["alert.*"]}]
        }
    )

    url: Annotated[str, Field(min_length=8, max_length=500)] = Field(
        description="Where to post to: https, under a domain that the agency has listed."
    )
    event_types: Annotated[list[Pattern], Field(max_length=200)] = Field(
        [], description="Types, or a subject with `.*`. Empty or left out: every type."
    )
    heartbeat_seconds: Annotated[int, Field(ge=60, le=900)] = Field(
        300,
        description="So often a signed `webhook.heartbeat` comes with the last position: silence "
        "that lasts longer is a failure.",
    )


class RotateKeys(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_days": 2}]})

    overlap_days: Annotated[int, Field(ge=0, le=7)] = Field(
        1,
        description="So long the keys before sign beside the new ones. 0: not any more, such as "
        "when a secret has leaked.",
    )


class WebhookKey(ResponseBody):
    public_key: str = Field(description="`whpk_…`: verifies a `v1a` signature.")
    created_at: datetime
    retires_at: datetime | None = Field(description="Null: until it is rotated.")


class WebhookHealth(ResponseBody):
    failures_in_row: int
    next_probe_at: datetime | None = Field(
        description="Where the receiver fails: nothing else is sent before."
    )
    slow_until: datetime | None = Field(description="The receiver has asked for a pause (429).")
    in_flight_at_most: int
    degraded_at: datetime | None = Field(
        description="It fails, and since then it has taken nothing."
    )
    held_at: datetime | None
    held_why: str | None = Field(
        description="`gone`: it answered 410. `broken`: it has failed for 72 hours. `by_owner`, "
        "`by_operator`."
    )


class WebhookResponse(ResponseBody):
    id: UUID
    url: str
    event_types: list[str]
    status: str = Field(
        description="`pending_verification`, `active`, `degraded` (it fails, and is probed), "
        "`held` (until it is resumed; everything waits), `revoked`."
    )
    public_key: str = Field(description="`whpk_…`, of the newest of `keys`.")
    keys: list[WebhookKey] = Field(description="Those that sign now, the newest first.")
    health: WebhookHealth
    heartbeat_seconds: int
    version: int
    created_at: datetime


class WebhookProgress(ResponseBody):
    last_sent: int | None = Field(description="The last position of which an attempt was made.")
    last_confirmed: int | None = Field(description="The last position that was taken.")
    waiting: int
    waiting_since: datetime | None = Field(description="Since when the oldest of them waits.")
    undeliverable: int = Field(description="Given up, and to be replayed or fetched.")


class WebhookStatus(WebhookResponse):
    progress: WebhookProgress
    webhook_email: str | None = Field(
        description="The mailbox that is told too, as the agency has it: where it fails for five "
        "minutes, is held, gives up a message, or works again."
    )
    recent_attempts: list["AttemptResponse"] = Field(
        description="The last ten, the newest first; never a body."
    )


class WebhookWithSecret(WebhookResponse):
    secret: str = Field(description="`whsec_…`: verifies the `v1` signature. Shown once.")


class WebhookList(ResponseBody):
    items: list[WebhookResponse]


class AttemptResponse(ResponseBody):
    number: int
    started_at: datetime
    duration_ms: int
    http_status: int | None
    outcome: str = Field(
        description="`delivered`, or why not: such as `http_5xx`, `timeout`, `connect_error`; "
        "docs/webhooks.md says what each means."
    )


class DeliveryResponse(ResponseBody):
    id: UUID
    kind: str
    priority: str
    position: int | None
    status: str
    due_at: datetime
    attempts: list[AttemptResponse]


class DeliveryList(ResponseBody):
    items: list[DeliveryResponse]
    next: str | None
