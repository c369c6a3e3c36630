"""Tables of meetings. Every one of them is under row-level security."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.meetings.rules import Act, MeetingKind, MeetingStatus


class Meeting(Base):
    """`agency_id` is the chair's agency, which answers for the meeting; `convened_by` called it.
    Without a chair where the lead took it over from an agency that others ended.

    `version` counts every change and is the ETag; `sequence` counts what calendars must know.
    `outcome_number` is the version of the outcome that stands, 0 while none is recorded.
    `follow_up_kind` and `follow_up_by` are the next meeting as the outcome has it."""

    __tablename__ = "meetings"
    __table_args__ = (
        one_of("kind", list(MeetingKind)),
        one_of("status", list(MeetingStatus)),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "family_id", "starts_at"),
        Index(
            "ix_meetings_follow_up_by",
            "follow_up_by",
            postgresql_where=text("follow_up_by IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    convened_by: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    organiser_name: Mapped[str]
    organiser_job_title: Mapped[str]
    kind: Mapped[str]
    purpose: Mapped[str]
    status: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str | None]
    link: Mapped[str | None]
    chair_id: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    chair_name: Mapped[str | None]
    chair_job_title: Mapped[str | None]
    minute_taker: Mapped[dict[str, Any] | None]
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    strategy_discussion_on: Mapped[date | None]
    scheduled_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    follow_up_kind: Mapped[str | None]
    follow_up_by: Mapped[date | None]
    follow_up_notices_sent: Mapped[int]
    outcome_number: Mapped[int]
    version: Mapped[int]
    sequence: Mapped[int]


class MeetingInvitation(Base):
    """An agency that is invited, and why; also the one that convenes and the chair's. `ended_at`:
    others ended its involvement, so that it reads nothing more until it is invited anew."""

    __tablename__ = "meeting_invitations"
    __table_args__ = (Index(None, "agency_id", "family_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    reason: Mapped[str]
    invited_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MeetingStep(Base):
    """What was done about a meeting: who, when, why. By nobody where the lead took it over from an
    agency that others ended. `details` are times, ids and codes."""

    __tablename__ = "meeting_steps"
    __table_args__ = (
        one_of("act", list(Act)),
        one_of("to_status", list(MeetingStatus)),
        UniqueConstraint("meeting_id", "version"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    act: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    by_agency_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    by_job_title: Mapped[str | None]
    note: Mapped[str | None]
    details: Mapped[dict[str, Any]]
