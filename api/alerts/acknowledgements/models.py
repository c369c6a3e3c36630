"""Tables of acknowledgements: what is owed, and what was given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey


class AcknowledgementDuty(Base):
    """An agency of the audience has been sent an alert, and is to take note of it by `due_at`;
    then the silence is escalated, once. Whether it has been told at all is looked at once, a
    minute after."""

    __tablename__ = "acknowledgement_duties"
    __table_args__ = (
        Index(
            "ix_acknowledgement_duties_due_at",
            "due_at",
            postgresql_where=text("acknowledged_at IS NULL AND escalated_at IS NULL"),
        ),
        Index(
            "ix_acknowledgement_duties_unchecked",
            "since",
            postgresql_where=text("delivery_checked_at IS NULL"),
        ),
    )

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    since: Mapped[datetime]
    due_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    delivery_checked_at: Mapped[datetime | None]


class AlertAcknowledgement(Base):
    """An agency has taken note of a content version, through a named practitioner."""

    __tablename__ = "alert_acknowledgements"
    __table_args__ = (Index(None, "alert_id", "agency_id"),)

    id: Mapped[PrimaryKey]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    content_version: Mapped[int]
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str]
    practitioner_job_title: Mapped[str]
    acted_on: Mapped[str | None]
    acknowledged_at: Mapped[datetime]
