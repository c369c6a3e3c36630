"""Table of sharing decisions. Triggers open one for an agency that joins, and take an undecided
one away with the agency that leaves: see the migration."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, one_of
from api.incidents.sharing.rules import How, Outcome

SHOWN = "outcome = 'shared' AND how = 'incident'"
WAITING = "outcome = 'undecided' AND escalated_at IS NULL"


class SharingDecision(Base):
    """`agency_id` is the agency considered, `owner_id` the one that decides: of an incident of its
    own, which the key holds, since a policy cannot ask incidents, whose policy asks decisions.
    `due_at` is null until the worker has seen a decision that a trigger opened."""

    __tablename__ = "sharing_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["incident_id", "owner_id", "family_id"],
            ["incidents.id", "incidents.agency_id", "incidents.family_id"],
        ),
        one_of("outcome", list(Outcome)),
        one_of("how", list(How)),
        CheckConstraint("(outcome = 'undecided') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(outcome = 'shared') = (how IS NOT NULL)", name="shared_somehow"),
        CheckConstraint(
            "(how IS NOT DISTINCT FROM 'alert') = (alert_id IS NOT NULL)", name="alert_named"
        ),
        CheckConstraint(
            "(outcome = 'not_shared') = (reason_code IS NOT NULL)", name="reason_named"
        ),
        Index("ix_sharing_decisions_shown", "agency_id", "family_id", postgresql_where=text(SHOWN)),
        Index("ix_sharing_decisions_waiting", "due_at", postgresql_where=text(WAITING)),
    )

    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    family_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    outcome: Mapped[str]
    how: Mapped[str | None]
    alert_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id"))
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    due_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    decided_by_job_title: Mapped[str | None]
