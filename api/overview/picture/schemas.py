"""The picture of hostility, as one agency may see it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody
from api.overview.picture.rules import Code, Pattern


class RoleMet(ResponseBody):
    role: str
    incidents: int


class AgencyMet(ResponseBody):
    agency_id: UUID
    incidents: int
    roles: list[RoleMet]


class MonthCounted(ResponseBody):
    month: str = Field(description="`YYYY-MM`.")
    incidents: int


class EvidenceResponse(ResponseBody):
    type: str
    id: UUID
    url: str


class IndicatorResponse(ResponseBody):
    code: Code
    label: str
    why: str = Field(description="The facts that make it a question, and what is counted.")
    evidence: list[EvidenceResponse]
    agency_ids: list[UUID] = Field(description="The agencies that it is about.")
    raised_at: datetime | None = Field(description="When this agency was told; null: not yet.")


class Picture(ResponseBody):
    """Of what the caller may read alone: another agency may see another picture."""

    family_id: UUID
    since: date = Field(description="How far back it looks.")
    pattern: Pattern
    intermittent: bool = Field(description="Hostility came back after a calm of 60 days or more.")
    met_by: list[AgencyMet] = Field(description="Agencies involved that have met hostility.")
    not_met_by: list[UUID] = Field(description="Those that have not, as far as the caller reads.")
    incidents: int
    by_month: list[MonthCounted]
    indicators: list[IndicatorResponse]
