"""Request and response bodies of webhooks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.foundation.schemas import RequestBody, ResponseBody

Pattern = Annotated[str, Field(pattern=r"^[a-z_]+\.(\*|[a-z_]+)$", max_length=64)]


class CreateWebhook(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://hooks.example.org/doorstep", "event_types": ["alert.*"]}]
        }
    )

    url: Annotated[str, Field(min_length=8, max_length=500)] = Field(
        description="Where to post to: https, under a domain that the agency has listed."
    )
    event_types: Annotated[list[Pattern], Field(max_length=50)] = Field(
        [], description="Types, or a subject with `.*`. Empty or left out: every type."
    )


class WebhookResponse(ResponseBody):
    id: UUID
    url: str
    event_types: list[str]
    status: str
    public_key: str = Field(description="`whpk_…`: verifies the `v1a` signature.")
    version: int
    created_at: datetime


class WebhookWithSecret(WebhookResponse):
    secret: str = Field(description="`whsec_…`: verifies the `v1` signature. Shown once.")


class WebhookList(ResponseBody):
    items: list[WebhookResponse]


class AttemptResponse(ResponseBody):
    number: int
    started_at: datetime
    duration_ms: int
    http_status: int | None
    outcome: str = Field(description="`delivered`, `http_5xx`, `timeout`, `connect_error`, …")


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
