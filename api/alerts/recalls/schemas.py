"""Request and response bodies of recalls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.agencies.schemas import NamedPractitioner
from api.alerts.schemas import AuthorResponse
from api.foundation.schemas import RequestBody, ResponseBody


class AcknowledgeRecall(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"practitioner": {"name": "PC J. Wood", "job_title": "police officer"}}]
        }
    )

    practitioner: NamedPractitioner | None = None


class ReceiptResponse(ResponseBody):
    agency_id: UUID
    agency: str
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    practitioner: AuthorResponse | None
    contact: dict[str, Any] | None = Field(
        description="Whom to ring: its escalation contact, else its emergency contact."
    )


class RecallResponse(ResponseBody):
    """Nothing of the alert's content."""

    id: UUID
    alert_id: UUID
    kind: str = Field(
        description="`withdrawn`, `superseded` or `entered_in_error`; `recalled` for an agency "
        "that may no longer read the alert."
    )
    recalled_at: datetime
    outstanding: int = Field(description="How many of the receipts shown here are still owed.")
    receipts: list[ReceiptResponse] = Field(
        description="Every agency's for the one that recalled, or for the family's lead once that "
        "one has left; for any other its own."
    )


class RecallList(ResponseBody):
    items: list[RecallResponse]
    next: str | None
