"""The table of break-glass. It is under row-level security."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.families.break_glass.rules import BreakGlassOutcome
from api.foundation.database import Base, PrimaryKey, one_of


class BreakGlass(Base):
    """One opening of one family by one practitioner. Its states are derived from its times."""

    __tablename__ = "break_glasses"
    __table_args__ = (
        one_of("outcome", list(BreakGlassOutcome)),
        CheckConstraint(
            "num_nonnulls(outcome, review_note, reviewed_at, reviewed_by) IN (0, 4)",
            name="reviewed_whole",
        ),
        Index(None, "practitioner_id", "expires_at"),
        Index(None, "family_id"),
        Index(None, "agency_id"),
        Index(
            "ix_break_glasses_unreviewed",
            "client_id",
            "review_due",
            postgresql_where=text("reviewed_at IS NULL"),
        ),
        Index(
            "ix_break_glasses_untold",
            "review_due",
            postgresql_where=text("reviewed_at IS NULL AND overdue_told_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    practitioner_id: Mapped[UUID] = mapped_column(ForeignKey("practitioners.id"))
    reason_code: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    review_due: Mapped[datetime]
    overdue_told_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    review_note: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    version: Mapped[int]
