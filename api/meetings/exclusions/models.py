"""Table of exclusions. Under row-level security."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.meetings.exclusions.rules import ExclusionStatus


class MeetingExclusion(Base):
    """`agency_id` is the agency that asks; `part` is which, where it is for a part only."""

    __tablename__ = "meeting_exclusions"
    __table_args__ = (
        one_of("status", list(ExclusionStatus)),
        CheckConstraint(
            "(status IN ('requested', 'withdrawn')) = (decided_at IS NULL AND reasons IS NULL)",
            name="decided",
        ),
        Index(None, "meeting_id"),
        Index(
            "uq_meeting_exclusions_open",
            "meeting_id",
            "member_id",
            unique=True,
            postgresql_where=text("status = 'requested'"),
        ),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    why: Mapped[str]
    status: Mapped[str]
    requested_at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    decided_by_job_title: Mapped[str | None]
    reasons: Mapped[str | None]
    part: Mapped[str | None]
    views_heard: Mapped[str | None]
    feedback: Mapped[str | None]
    version: Mapped[int]
