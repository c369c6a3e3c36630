"""Tables of recalls. Free of content: open to agencies that read the family no longer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.alerts.rules import RECALLING
from api.foundation.database import Base, one_of


class Recall(Base):
    """`agency_id` is who answered for the alert when it was recalled. `settled`: who read it
    at that very moment was looked for, and owes a receipt too."""

    __tablename__ = "recalls"
    __table_args__ = (
        one_of("kind", [each.value for each in RECALLING.values()]),
        Index(None, "recalled_at", postgresql_where=text("NOT settled")),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    kind: Mapped[str]
    recalled_at: Mapped[datetime]
    settled: Mapped[bool] = mapped_column(default=False)


class RecallReceipt(Base):
    """One agency's receipt: due by `acknowledge_by`, owed until `acknowledged_at`, and told
    of again at `due_at`."""

    __tablename__ = "recall_receipts"
    __table_args__ = (
        Index(
            "ix_recall_receipts_owed", "agency_id", postgresql_where=text("acknowledged_at IS NULL")
        ),
        Index(
            "ix_recall_receipts_due_at", "due_at", postgresql_where=text("acknowledged_at IS NULL")
        ),
    )

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    acknowledge_by: Mapped[datetime]
    due_at: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(default=0)
    acknowledged_at: Mapped[datetime | None]
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str | None]
    practitioner_job_title: Mapped[str | None]
