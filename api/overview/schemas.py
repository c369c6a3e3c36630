"""What a visitor is shown."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody


class CodeAndLabel(ResponseBody):
    code: str
    label: str


class Contact(ResponseBody):
    agency_id: UUID
    agency: str
    emergency_contact: dict[str, Any] | None


class BannerAlert(ResponseBody):
    id: UUID
    severity: str
    status: str
    disputed: bool
    review_overdue: bool
    lines: list[str] = Field(description="Plain words, in the order to be read.")
    precautions: list[CodeAndLabel]
    behaviours: list[CodeAndLabel]
    contact: Contact
    published_at: datetime
    review_due: date
    content_version: int


class Banner(ResponseBody):
    family_id: UUID
    level: str = Field(description="`none`, or the gravest severity of the live alerts.")
    alerts: list[BannerAlert]
