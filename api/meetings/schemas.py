"""Request and response bodies of meetings."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from api.agencies.schemas import NamedPractitioner, StaffId
from api.foundation.schemas import (
    Day,
    Id,
    Line,
    Narrative,
    RequestBody,
    ResponseBody,
    Timestamp,
    refusal,
)
from api.meetings.rules import MeetingKind, MeetingStatus

EXAMPLE_ID = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
EXAMPLE_MEETING: dict[str, JsonValue] = {
    "kind": "practitioners_meeting",
    "purpose": "Share what each agency meets at the door, and agree who does what.",
    "starts_at": "2026-11-30T10:00:00Z",
    "ends_at": "2026-11-30T11:30:00Z",
    "place": "Civic Offices, room 2",
    "chair": {"staff_id": "SCH-001"},
    "minute_taker": {"name": "Iris Cole", "job_title": "business support"},
}


class ChairBody(RequestBody):
    """A practitioner whom Doorstep knows, with the role `chair`."""

    staff_id: StaffId = Field(description="Of the chair, in their own agency.")
    agency_id: Id | None = Field(None, description="The chair's agency; the caller's, if left out.")


class MinuteTakerBody(RequestBody):
    name: Line
    job_title: Line


class InvitedBody(RequestBody):
    agency_id: Id = Field(description="An agency that is involved with the family, or is to be.")
    reason: Narrative = Field(description="Why it has to know of this meeting.")


class ScheduleMeeting(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MEETING]})

    kind: MeetingKind = Field(description="A code of the list `meeting_kind`.")
    purpose: Narrative = Field(description="What the meeting is for.")
    starts_at: Timestamp = Field(description="At most a week back, and a year ahead.")
    ends_at: Timestamp = Field(description="After it starts, within a day.")
    place: Line | None = Field(None, description="Or `link`, or both.")
    link: Line | None = Field(None, description="Of a meeting by video or telephone.")
    chair: ChairBody
    minute_taker: MinuteTakerBody | None = None
    invited: Annotated[list[InvitedBody], Field(min_length=1, max_length=50)] | None = Field(
        None,
        description="Left out: every agency that is involved now. Named: these alone, with the one "
        "that convenes and the chair's.",
    )
    member_ids: Annotated[list[Id], Field(max_length=30)] = Field(
        [], description="Whom of the family the meeting invites."
    )
    strategy_discussion_on: Day | None = Field(
        None,
        description="Of an initial conference: when the strategy discussion was, where it is not "
        "on record here.",
    )
    organiser: NamedPractitioner | None = Field(
        None, description="Needed from a system; a practitioner's token says who it is."
    )

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.place is None and self.link is None:
            raise refusal("missing", "Give a place or a link.", at="place")
        return self


class HoldMeeting(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    note: Narrative | None = Field(None, description="Kept with the step.")


class MeetingPerson(ResponseBody):
    name: str
    job_title: str


class ChairResponse(ResponseBody):
    agency_id: UUID
    name: str
    job_title: str


class InvitedResponse(ResponseBody):
    agency_id: UUID
    reason: str
    invited_at: datetime


class MeetingResponse(ResponseBody):
    id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The chair's agency, which answers for the meeting.")
    convened_by: UUID = Field(description="The agency that called it.")
    organiser: MeetingPerson
    kind: MeetingKind
    purpose: str
    status: MeetingStatus
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None
    chair: ChairResponse | None = Field(
        description="Null while a manager of `agency_id` has yet to name one."
    )
    minute_taker: MeetingPerson | None
    invited: list[InvitedResponse]
    member_ids: list[UUID]
    strategy_discussion_on: date | None
    scheduled_at: datetime
    held_at: datetime | None
    outcome_number: int = Field(description="The version of the outcome on record; 0: none yet.")
    version: int = Field(description="Counts every change; the ETag.")
