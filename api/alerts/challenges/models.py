"""Table of challenges, for the agency that made one and for the owner of the alert."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.alerts.challenges.rules import ChallengeOutcome, Status
from api.foundation.database import Base, PrimaryKey, one_of


class Challenge(Base):
    """`received_on` is when the objection reached the agency that recorded it."""

    __tablename__ = "challenges"
    __table_args__ = (
        one_of("status", list(Status)),
        one_of("raised_by", ["agency", "subject"]),
        one_of("outcome", list(ChallengeOutcome)),
        one_of("appeal_outcome", list(ChallengeOutcome)),
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
        Index(None, "alert_id", "agency_id"),
        Index(
            "ix_challenges_acknowledge_by",
            "acknowledge_by",
            postgresql_where=text("status = 'received' AND NOT escalated"),
        ),
    )

    id: Mapped[PrimaryKey]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    raised_by: Mapped[str]
    statement: Mapped[str]
    received_on: Mapped[date]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    status: Mapped[str]
    acknowledge_by: Mapped[date]
    escalated: Mapped[bool] = mapped_column(default=False)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answerer_id: Mapped[UUID | None]
    answerer_name: Mapped[str | None]
    appeal: Mapped[str | None]
    appealed_at: Mapped[datetime | None]
    appellant_id: Mapped[UUID | None]
    appellant_name: Mapped[str | None]
    appeal_outcome: Mapped[str | None]
    appeal_answer: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    appeal_answerer_name: Mapped[str | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
