"""Table of obligations to share. A trigger closes those of an agency whose involvement ends: see
the migration."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.engagement.sharing_checks.obligations.rules import Discharge, ObligationStatus
from api.foundation.database import Base, PrimaryKey, one_of

OPEN = "status = 'open'"


class SharingObligation(Base):
    """`recipients` are the other agencies involved when it was opened, `told` those that its
    discharge reached; who is involved now is asked of the involvements."""

    __tablename__ = "sharing_obligations"
    __table_args__ = (
        one_of("status", list(ObligationStatus)),
        one_of("discharged_by", list(Discharge)),
        CheckConstraint(
            "(status = 'discharged') = (discharged_by IS NOT NULL AND discharged_at IS NOT NULL)",
            name="discharged",
        ),
        CheckConstraint(
            "(discharged_by IS NOT DISTINCT FROM 'alert') = (alert_id IS NOT NULL)",
            name="alert_named",
        ),
        CheckConstraint(
            "(discharged_by IS NOT DISTINCT FROM 'incident') = (incident_id IS NOT NULL)",
            name="incident_named",
        ),
        CheckConstraint(
            "(discharged_by IS NOT DISTINCT FROM 'reason') = (reason IS NOT NULL)",
            name="reason_given",
        ),
        Index(None, "agency_id", "family_id"),
        Index("ix_sharing_obligations_family_open", "family_id", postgresql_where=text(OPEN)),
        Index(
            "ix_sharing_obligations_waiting",
            "due_at",
            postgresql_where=text(f"{OPEN} AND overdue_told_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    check_id: Mapped[UUID] = mapped_column(ForeignKey("sharing_checks.id"), unique=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    recipients: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    status: Mapped[str]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]
    discharged_by: Mapped[str | None]
    alert_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id"))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id"))
    reason: Mapped[str | None]
    told: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    discharged_at: Mapped[datetime | None]
    discharger_name: Mapped[str | None]
    discharger_job_title: Mapped[str | None]
    version: Mapped[int]
