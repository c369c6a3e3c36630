"""Tables of incidents. Every one of them is under row-level security."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.incidents.rules import IncidentStatus


class Incident(Base):
    """`version` counts every change, decisions to share included, and is the ETag of the agency
    that recorded it; `content_version` counts what its readers see.

    `met_by` are the agencies of `towards`, without who of them it was: what the worker may see.
    What is only shown, and never asked for by the database, is kept in `account`. `complete_by`
    and `follow_up_by` are when the agency is reminded of what is still missing."""

    __tablename__ = "incidents"
    __table_args__ = (
        one_of("status", list(IncidentStatus)),
        UniqueConstraint("id", "agency_id", "family_id"),  # whose it is, for its decisions
        Index(None, "family_id", "occurred_at"),
        Index(
            "ix_incidents_owner_open",
            "agency_id",
            "family_id",
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_incidents_complete_by",
            "complete_by",
            postgresql_where=text("complete_by IS NOT NULL"),
        ),
        Index(
            "ix_incidents_follow_up_by",
            "follow_up_by",
            postgresql_where=text("follow_up_by IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    status: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    late: Mapped[bool]
    place: Mapped[str | None]
    behaved: Mapped[list[dict[str, Any]]]
    behaviours: Mapped[list[dict[str, Any]]]
    towards: Mapped[list[dict[str, Any]]]
    met_by: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    scope: Mapped[str | None]
    uncooperativeness_types: Mapped[list[str]]
    circumstances: Mapped[list[str]]
    hate_elements: Mapped[list[str]]
    left_at: Mapped[datetime | None]
    manager_told_at: Mapped[datetime | None]
    account: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime | None]
    complete_by: Mapped[datetime | None]
    follow_up_by: Mapped[datetime | None]
    version: Mapped[int]
    content_version: Mapped[int]


class IncidentVersion(Base):
    """What an incident said before: for the agency that recorded it."""

    __tablename__ = "incident_versions"
    __table_args__ = (UniqueConstraint("incident_id", "number"),)

    id: Mapped[PrimaryKey]
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    by_practitioner_id: Mapped[UUID | None]
    by_name: Mapped[str]
    reason: Mapped[str | None]
    content: Mapped[dict[str, Any]]
