"""Request and response bodies of obligations to share."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.engagement.sharing_checks.obligations.rules import Discharge, ObligationStatus
from api.foundation.schemas import Id, Narrative, RequestBody, ResponseBody

NEEDED = {
    Discharge.ALERT: "alert_id",
    Discharge.INCIDENT: "incident_id",
    Discharge.REASON: "reason",
}


class DischargeObligation(RequestBody):
    """By exactly one of the three."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "by": "reason",
                    "reason": "Every practitioner was told in person at the core group.",
                }
            ]
        }
    )

    by: Literal[Discharge.ALERT, Discharge.INCIDENT, Discharge.REASON] = Field(
        description="`alert` needs `alert_id`, `incident` needs `incident_id`, `reason` needs "
        "`reason`; none takes another's."
    )
    alert_id: Id | None = Field(
        None, description="A live alert of the agency's own, which everybody it owes this to reads."
    )
    incident_id: Id | None = Field(
        None, description="An incident of the agency's own, shared with everybody it owes this to."
    )
    reason: Narrative | None = Field(None, description="Why it is not shared, of a manager.")

    @model_validator(mode="after")
    def _says_by_what(self) -> Self:
        given = {name for name in NEEDED.values() if getattr(self, name) is not None}
        needed = NEEDED[self.by]
        if given != {needed}:
            raise PydanticCustomError(
                "discharge", "This way of discharging needs {needed} alone.", {"needed": needed}
            )
        return self


class DischargePerson(ResponseBody):
    name: str
    job_title: str


class DischargeResponse(ResponseBody):
    by: Discharge
    alert_id: UUID | None
    incident_id: UUID | None
    reason: str | None
    told: list[UUID] = Field(description="The agencies that it reached.")
    at: datetime
    person: DischargePerson | None = Field(description="Null where the involvement was ended.")


class ObligationResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that owes it.")
    status: ObligationStatus
    recipients: list[UUID] = Field(description="The other agencies involved when it was opened.")
    outstanding: list[UUID] = Field(
        description="The agencies that must still be told: those involved now."
    )
    opened_at: datetime
    due_at: datetime | None = Field(description="Null until another agency is involved.")
    overdue: bool
    discharge: DischargeResponse | None
    version: int


class ObligationList(ResponseBody):
    items: list[ObligationResponse]
    next: str | None
