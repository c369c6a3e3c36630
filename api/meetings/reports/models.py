"""Table of reports. Under row-level security."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.meetings.reports.rules import Audience


class MeetingReport(Base):
    """`number` counts the reports of one agency to one meeting."""

    __tablename__ = "meeting_reports"
    __table_args__ = (
        one_of("audience", list(Audience)),
        UniqueConstraint("meeting_id", "agency_id", "number"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    number: Mapped[int]
    audience: Mapped[str]
    content: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]
