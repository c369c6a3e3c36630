"""Request and response bodies of the engagement profile."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.code_lists.schemas import CommunicationNeed
from api.engagement.profile.models import EngagementProfile
from api.engagement.schemas import NAMED, RecordedBy
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, ResponseBody


class EarlyHelpBody(RequestBody):
    """Formerly the Common Assessment. When it is done, on which day and by which agency."""

    status: Literal["done", "not_done", "not_known"] = Field(
        description="`done` needs both of the other fields; the others allow neither."
    )
    assessed_on: Day | None = Field(
        None, description="Needed with `done`, and only there. Not to come."
    )
    agency_id: Id | None = Field(
        None,
        description="The agency of the partnership that assessed. Needed with `done`, and only "
        "there.",
    )


class LeadPractitionerBody(RequestBody):
    """Formerly the Lead Professional: of an agency that is involved."""

    appointed: bool = Field(
        description="Whether there is one; where there is none, the other fields are left out."
    )
    agency_id: Id | None = Field(
        None,
        description="Of an agency that is involved with the family. Needed where one is appointed, "
        "and only there.",
    )
    name: Line | None = Field(None, description="Needed where one is appointed, and only there.")
    job_title: Line | None = Field(
        None,
        description="Such as `family support worker`. Needed where one is appointed, and only "
        "there.",
    )


class CommunicationBody(RequestBody):
    """What the family needs so that it understands what is required of it (§5)."""

    needs: Annotated[list[CommunicationNeed], Field(max_length=10)] = Field(
        description="Codes of the list `communication_need` (§5), each once; empty where there are "
        "none."
    )
    language: Line | None = Field(None, description="Needed with `interpreter`.")
    preferred_format: Line | None = Field(None, description="Such as large print, or a voice note.")


class TrustedPersonBody(RequestBody):
    """Somebody in whom the family has confidence: a member, or somebody described."""

    member_id: Id | None = Field(
        None, description="Somebody on this family's record; or else `description`, never both."
    )
    description: Narrative | None = Field(
        None, description="Who it is, if not on this family's record."
    )


class ToldOfRecordingBody(RequestBody):
    """That what is said is recorded and that the family can read what is written about it."""

    told_on: Day = Field(description="When they were told. Not to come.")
    agency_id: Id = Field(description="The agency of the partnership that told them.")
    name: Line = Field(description="Who told them.")


class ChangeProfile(RequestBody):
    """Only what is named changes; null says that it is not on record any more."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "early_help_assessment": {"status": "not_done"},
                    "lead_practitioner": {"appointed": False},
                    "communication": {
                        "needs": ["interpreter", "end_of_contact_summary"],
                        "language": "Lithuanian",
                        "preferred_format": "Voice note",
                    },
                    "trusted_person": {"description": "The grandmother's neighbour"},
                    "practitioner": {"staff_id": "HV-0042"},
                }
            ]
        }
    )

    early_help_assessment: EarlyHelpBody | None = None
    lead_practitioner: LeadPractitionerBody | None = None
    communication: CommunicationBody | None = None
    trusted_person: TrustedPersonBody | None = None
    told_of_recording: ToldOfRecordingBody | None = None
    practitioner: NamedPractitioner | None = NAMED

    @property
    def named(self) -> set[str]:
        return self.model_fields_set - {"practitioner"}

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.named:
            raise PydanticCustomError("nothing_named", "Name at least one part of the profile.")
        return self


class EarlyHelpResponse(ResponseBody):
    status: str
    assessed_on: date | None
    agency_id: UUID | None


class LeadPractitionerResponse(ResponseBody):
    appointed: bool
    agency_id: UUID | None
    name: str | None
    job_title: str | None


class CommunicationResponse(ResponseBody):
    needs: list[str]
    language: str | None
    preferred_format: str | None


class TrustedPersonResponse(ResponseBody):
    member_id: UUID | None
    description: str | None


class ToldOfRecordingResponse(ResponseBody):
    told_on: date
    agency_id: UUID
    name: str


class ProfileResponse(ResponseBody):
    family_id: UUID
    early_help_assessment: EarlyHelpResponse | None
    lead_practitioner: LeadPractitionerResponse | None
    communication: CommunicationResponse | None
    trusted_person: TrustedPersonResponse | None
    told_of_recording: ToldOfRecordingResponse | None
    changed_at: datetime | None
    changed_by: RecordedBy | None
    version: int = Field(description="0 while nothing was ever recorded; the ETag.")


def profile(row: EngagementProfile) -> ProfileResponse:
    parts = {name: getattr(row, name) for name in EngagementProfile.PARTS}
    by = None
    if row.agency_id is not None:
        by = {
            "agency_id": row.agency_id,
            "name": row.practitioner_name,
            "job_title": row.practitioner_job_title,
        }
    return ProfileResponse.model_validate(
        {
            "family_id": row.family_id,
            **parts,
            "changed_at": row.changed_at,
            "changed_by": by,
            "version": row.version,
        }
    )
