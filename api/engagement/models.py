"""What the tables of engagement have in common, and the table of what stood in them before. Every
one of them is under row-level security."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey


class Recorded(Base):
    """What a practitioner of an agency recorded on a family. `DAY` is the day that it is about."""

    __abstract__ = True

    DAY: ClassVar[str]

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str]
    practitioner_job_title: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Resolvable(Recorded):
    """What stands open until it is resolved, once. `resolved_on` is the day, `resolved_at` the
    moment at which it was recorded."""

    __abstract__ = True

    resolved_on: Mapped[date | None]
    resolved_how: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_agency_id: Mapped[UUID | None]
    resolved_by_id: Mapped[UUID | None]
    resolved_by_name: Mapped[str | None]
    resolved_by_job_title: Mapped[str | None]


def resolved_wholly() -> CheckConstraint:
    return CheckConstraint(
        "num_nonnulls(resolved_on, resolved_how, resolved_at, resolved_by_agency_id, "
        "resolved_by_name) IN (0, 5)",
        name="resolved_wholly",
    )


class EngagementVersion(Base):
    """What a record said until it was changed, by whom and why. `number` is the version that said
    so, `content` as its readers saw it; a profile is changed without a reason."""

    __tablename__ = "engagement_versions"
    __table_args__ = (UniqueConstraint("resource_id", "number"),)

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    resource_type: Mapped[str]
    resource_id: Mapped[UUID]
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    replaced_at: Mapped[datetime]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str]
    practitioner_job_title: Mapped[str]
    reason: Mapped[str | None]
