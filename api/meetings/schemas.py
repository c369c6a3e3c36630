"""Request and response bodies of meetings."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import ByWhom, StaffId
from api.foundation.schemas import (
    Day,
    Id,
    Line,
    Narrative,
    RequestBody,
    ResponseBody,
    Timestamp,
    Token,
    refusal,
)
from api.meetings.rules import Act, MeetingKind, MeetingStatus


def _https(link: str) -> str:
    try:
        parts = urlsplit(link)
        named = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        named = False
    if not named or " " in link or "\\" in link:
        raise PydanticCustomError("link", "An https address, without a name or password in it.")
    return link


JoinLink = Annotated[Token, AfterValidator(_https)]

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
    """Who writes down what is said: anybody, of whatever agency."""

    name: Line = Field(description="Of the person.")
    job_title: Line = Field(description="What the person works as.")


class InvitedBody(RequestBody):
    agency_id: Id = Field(
        description="An agency of the partnership. Of one that is not involved, a person who may "
        "invite it to the family invites it to both: it learns of the meeting when it joins."
    )
    reason: Line = Field(description="Why it has to know. Those who are invited read it.")
    joining_reason: Line | None = Field(
        None,
        description="Needed where it is not involved yet: why it is to join the family. Every "
        "agency involved reads this, so it says nothing of a meeting.",
    )


class ScheduleMeeting(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MEETING]})

    kind: MeetingKind = Field(description="A code of the list `meeting_kind`.")
    purpose: Narrative = Field(description="What the meeting is for.")
    starts_at: Timestamp = Field(description="At most a week back, and a year ahead.")
    ends_at: Timestamp = Field(description="After it starts, within a day.")
    place: Line | None = Field(None, description="Or `link`, or both.")
    link: JoinLink | None = Field(
        None, description="Of a meeting by video: an https address without credentials."
    )
    chair: ChairBody
    minute_taker: MinuteTakerBody | None = None
    invited: Annotated[list[InvitedBody], Field(min_length=1, max_length=50)] | None = Field(
        None,
        description="Left out: every agency that is involved now. Named: these alone, with the one "
        "that convenes and the chair's.",
    )
    member_ids: Annotated[list[Id], Field(max_length=30)] = Field(
        [], description="Whom of the family the meeting invites: who is born, each once."
    )
    strategy_discussion_on: Day | None = Field(
        None,
        description="Of an initial conference alone: when the strategy discussion was, where it "
        "is not on record here.",
    )
    organiser: ByWhom = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.place is None and self.link is None:
            raise refusal("nowhere", "Give a place or a link.", at="place")
        return self


class MoveMeeting(RequestBody):
    """What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "starts_at": "2026-12-01T14:00:00Z",
                    "ends_at": "2026-12-01T15:30:00Z",
                    "reason": "The police cannot come on Monday.",
                }
            ]
        }
    )

    starts_at: Timestamp | None = Field(None, description="With `ends_at`, as when scheduling.")
    ends_at: Timestamp | None = Field(None, description="With `starts_at`.")
    place: Line | None = Field(None, description="Null: no place any more, where there is a link.")
    link: JoinLink | None = Field(
        None, description="An https address; null: no link any more, where there is a place."
    )
    minute_taker: MinuteTakerBody | None = Field(None, description="Null: nobody any more.")
    reason: Narrative = Field(description="Why. Kept with the step.")
    practitioner: ByWhom = None

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if (self.starts_at is None) != (self.ends_at is None):
            missing = "starts_at" if self.starts_at is None else "ends_at"
            raise refusal("unpaired", "Both times, or neither.", at=missing)
        if self.starts_at is None and not self.placed:
            raise refusal("unchanged", "Say what is to be otherwise.", at="starts_at")
        return self

    @property
    def placed(self) -> dict[str, Any]:
        """What was given of where it is and who takes the minutes, null included."""
        given = self.model_fields_set & {"place", "link", "minute_taker"}
        return self.model_dump(include=given)


class CancelMeeting(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The family has moved away."}]}
    )

    reason: Narrative = Field(description="Why it will not be held. Kept with the step.")
    practitioner: ByWhom = None


class HoldMeeting(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    note: Narrative | None = Field(None, description="Kept with the step.")


class HandOverMeeting(ChairBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"staff_id": "HV-0042", "reason": "The chair is ill until January."}]
        }
    )

    reason: Narrative = Field(description="Why another person chairs. Kept with the step.")


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


class TimingResponse(ResponseBody):
    """England's statutory timing, as far as the reader's own meetings tell it. It warns, and
    blocks nothing."""

    due_by: date = Field(description="The last day in time.")
    counted_from: date
    counted_from_meeting_id: UUID | None = Field(
        description="Null where the day was given with the conference."
    )
    late: bool = Field(description="Whether the meeting is later than that.")
    words: str


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
    timing: TimingResponse | None = Field(
        description="By when it is due; null where no timing holds, or nothing to count from is "
        "known to the reader."
    )


class MeetingList(ResponseBody):
    items: list[MeetingResponse]
    next: str | None


class MeetingStepResponse(ResponseBody):
    version: int
    act: Act = Field(description="What was done.")
    from_status: MeetingStatus | None
    to_status: MeetingStatus
    at: datetime
    by_agency_id: UUID | None
    by: MeetingPerson | None = Field(
        description="Null where the lead took it over from an agency that others ended."
    )
    note: str | None
    details: dict[str, JsonValue] = Field(description="Times, ids and codes.")


class MeetingStepList(ResponseBody):
    items: list[MeetingStepResponse]
