"""Request and response bodies of acknowledgements."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.agencies.schemas import NamedPractitioner
from api.alerts.schemas import AuthorResponse
from api.foundation.schemas import Narrative, RequestBody, ResponseBody


class Acknowledge(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "practitioner": {"name": "Ms T. Birch", "job_title": "school nurse"},
                    "acted_on": "Tomorrow's home visit is held at the clinic, with a colleague.",
                }
            ]
        }
    )

    practitioner: NamedPractitioner | None = None
    acted_on: Narrative | None = Field(None, description="What the agency does about it, if known.")


class AcknowledgementResponse(ResponseBody):
    id: UUID
    alert_id: UUID
    agency_id: UUID
    content_version: int
    practitioner: AuthorResponse
    acted_on: str | None
    acknowledged_at: datetime


class AcknowledgementList(ResponseBody):
    items: list[AcknowledgementResponse]


class AudienceMember(ResponseBody):
    agency_id: UUID
    agency: str
    addressed_at: datetime | None = Field(description="When it stood in the agency's feed.")
    told_at: datetime | None = Field(
        description="When its webhook first answered 2xx, or it read that page of the feed."
    )
    read_at: datetime | None = Field(description="When it was first shown, in a banner too.")
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    escalated_at: datetime | None
    recall_acknowledged_at: datetime | None
    contact: dict[str, Any] | None = Field(
        description="Whom to ring: its escalation contact, else its emergency contact."
    )


class AlertAudience(ResponseBody):
    items: list[AudienceMember]
