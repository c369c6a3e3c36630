"""Request and response bodies of involvements, invitations and contests."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.families.schemas import InvolvementBody, InvolvementResponse, PractitionerName
from api.foundation.schemas import Id, Line, Narrative, RequestBody, ResponseBody, Token


class JoinFamily(InvolvementBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "join_token": "qRUT1h2vVDv4Zjxfp1woQFsiMDFh",
                    "local_id": "POL-7731",
                    "reason": "Domestic abuse call-outs",
                    "practitioner": {"name": "PC J. Wood", "job_title": "police officer"},
                }
            ]
        }
    )

    join_token: Token | None = Field(None, description="Of a match that answered this family.")
    invitation_id: Id | None = Field(
        None, description="Instead of a join_token: an invitation of this agency."
    )

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if (self.join_token is None) == (self.invitation_id is None):
            raise PydanticCustomError("one_of", "Give either a join_token or an invitation_id.")
        return self


class Invite(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
                    "reason": "The older brother starts at this school in January",
                }
            ]
        }
    )

    agency_id: Id = Field(description="The agency that is invited.")
    reason: Line = Field(description="Why it should be involved. It reads this.")


class Reason(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The case is closed"}]})

    reason: Line = Field(description="Why the agency leaves.")


class ContestReason(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Does not work with any member"}]}
    )

    reason: Narrative = Field(description="Why the agency has no reason to be involved.")


class DecideContest(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"outcome": "dismissed", "reason": "Has an open case for the father"}]
        }
    )

    outcome: Literal["upheld", "dismissed"] = Field(
        description="`upheld` ends the involvement at once."
    )
    reason: Narrative = Field(description="Why it was decided so.")


class HandOverLead(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"}]}
    )

    agency_id: Id = Field(description="The involved agency that leads from now on.")


class InvolvementList(ResponseBody):
    items: list[InvolvementResponse]


class FamilyContact(ResponseBody):
    agency_id: UUID
    agency: str
    kind: str
    emergency_contact: dict[str, Any] | None = Field(description="Whom to ring.")
    practitioner: PractitionerName
    family_role: str | None
    leads: bool


class ContactList(ResponseBody):
    items: list[FamilyContact]


class Joined(ResponseBody):
    involvement: InvolvementResponse
    alerts: list[dict[str, Any]] = Field(description="Every live alert, as `GET /v1/alerts/{id}`.")


class InvitationResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID
    invited_by: UUID
    reason: str
    status: str
    expires_at: datetime


class InvitationList(ResponseBody):
    items: list[InvitationResponse]


class ContestResponse(ResponseBody):
    id: UUID
    involvement_id: UUID
    contested_by: UUID
    reason: str
    status: str
    decision_reason: str | None
    created_at: datetime
    decided_at: datetime | None


class ContestList(ResponseBody):
    items: list[ContestResponse]
