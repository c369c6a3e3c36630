"""Tables of breaches. Both are under row-level security."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey


class AgreementBreach(Base):
    """`agency_id` is the agency that recorded it, which need not be the one that answers for the
    agreement; `content_version` is what was in force then."""

    __tablename__ = "agreement_breaches"
    __table_args__ = (
        CheckConstraint("(applied IS NULL) = (why_not IS NOT NULL)", name="applied_or_why_not"),
        Index(None, "agreement_id", "id"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    content_version: Mapped[int]
    occurred_on: Mapped[date]
    behaviours: Mapped[list[dict[str, Any]]]
    said: Mapped[str]
    applied: Mapped[str | None]
    why_not: Mapped[str | None]
    recorded_at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]


class BreachIncident(Base):
    """An incident that a breach links: a row that only who reads the incident sees."""

    __tablename__ = "breach_incidents"
    __table_args__ = (Index(None, "incident_id"),)

    breach_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_breaches.id"), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
