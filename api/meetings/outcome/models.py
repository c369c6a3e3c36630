"""Tables of outcomes. Every one of them is under row-level security."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.meetings.outcome.rules import AlertDecision, Answer, ResponseStatus


class OutcomeDraft(Base):
    """What the chair has put together so far, as it was sent: for the chair alone."""

    __tablename__ = "outcome_drafts"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    body: Mapped[dict[str, Any]]
    version: Mapped[int]
    saved_at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]


class OutcomeVersion(Base):
    """What everybody invited reads. Every version is kept; `reason` is why it was amended."""

    __tablename__ = "outcome_versions"
    __table_args__ = (UniqueConstraint("meeting_id", "number"),)

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    reason: Mapped[str | None]
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]


class OutcomeInformation(Base):
    """What an agency told the meeting: to everybody invited, or to `agency_ids`, the agency that
    told it and the chair's only."""

    __tablename__ = "outcome_information"
    __table_args__ = (UniqueConstraint("meeting_id", "number", "place"),)

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    place: Mapped[int]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    said: Mapped[str]
    agency_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))


class OutcomeAlert(Base):
    """An alert that was considered: a row that only who reads the alert sees."""

    __tablename__ = "outcome_alerts"
    __table_args__ = (
        one_of("decision", list(AlertDecision)),
        UniqueConstraint("meeting_id", "number", "alert_id"),
        Index(None, "alert_id"),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"))
    decision: Mapped[str]
    reasons: Mapped[str]


class OutcomeAnswer(Base):
    """An agency confirms a version of the record, or asks for a correction; `reply` is the
    chair's. For that agency and the chair's."""

    __tablename__ = "outcome_responses"
    __table_args__ = (
        one_of("answer", list(Answer)),
        one_of("status", list(ResponseStatus)),
        CheckConstraint(
            "(answer = 'correction_asked') = (correction IS NOT NULL)", name="correction"
        ),
        Index(None, "meeting_id"),
        Index(
            "uq_outcome_responses_confirmed",
            "meeting_id",
            "agency_id",
            "number",
            unique=True,
            postgresql_where=text("answer = 'confirmed'"),
        ),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    number: Mapped[int]
    answer: Mapped[str]
    correction: Mapped[str | None]
    status: Mapped[str]
    reply: Mapped[str | None]
    answered_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]
    version: Mapped[int]
