"""Tables of plans. Every one of them is under row-level security."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.plans.rules import PlanAct, PlanKind, PlanReviewOutcome, PlanStatus


class Plan(Base):
    """`version` counts every change and is the ETag; `content_version` counts what it says.
    `repeat_days`: a review schedules the next one so many days ahead; null: the date is given."""

    __tablename__ = "plans"
    __table_args__ = (
        one_of("kind", list(PlanKind)),
        one_of("status", list(PlanStatus)),
        Index(None, "family_id", "id"),
        Index("ix_plans_review_due", "review_due", postgresql_where=text("status = 'current'")),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    kind: Mapped[str]
    status: Mapped[str]
    drawn_up_at: Mapped[datetime]
    review_due: Mapped[date]
    repeat_days: Mapped[int | None]
    review_notices_sent: Mapped[int]
    version: Mapped[int]
    content_version: Mapped[int]


class PlanVersion(Base):
    """What a plan says or said. All of its contents are kept, the present one included."""

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[PrimaryKey]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]


class PlanRecipient(Base):
    """An agency that a plan was given to, and why."""

    __tablename__ = "plan_recipients"
    __table_args__ = (Index(None, "agency_id", "family_id"),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    reason: Mapped[str]
    since: Mapped[datetime]


class PlanReview(Base):
    """`version` is the plan's, as the review left it; `review_due` the next one."""

    __tablename__ = "plan_reviews"
    __table_args__ = (
        one_of("outcome", list(PlanReviewOutcome)),
        UniqueConstraint("plan_id", "version"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    held_on: Mapped[date]
    outcome: Mapped[str]
    note: Mapped[str]
    review_due: Mapped[date | None]
    at: Mapped[datetime]
    by_agency_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]


class PlanStep(Base):
    """What became of a plan, who did it and when; `agency_id` is the one that it was given to. By
    nobody where the lead took it over from an agency that others ended. What a review found is
    kept with the review."""

    __tablename__ = "plan_steps"
    __table_args__ = (
        one_of("act", list(PlanAct)),
        UniqueConstraint("plan_id", "version"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    act: Mapped[str]
    at: Mapped[datetime]
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agencies.id"))
    by_agency_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    by_job_title: Mapped[str | None]
    note: Mapped[str | None]


class PlanAlert(Base):
    """An alert that a version of a plan names: a row that only who reads the alert sees."""

    __tablename__ = "plan_alerts"
    __table_args__ = (Index(None, "alert_id"),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
