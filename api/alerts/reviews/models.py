"""Table of reviews: what was weighed, by whom, and what came of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of


class AlertReview(Base):
    """Who began the review is named where it was begun as a step of its own."""

    __tablename__ = "alert_reviews"
    __table_args__ = (one_of("outcome", ["renewed", "withdrawn"]),)

    id: Mapped[PrimaryKey]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), index=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    outcome: Mapped[str]
    weighed: Mapped[dict[str, Any]]
    grounds: Mapped[str]
    begun_by_id: Mapped[UUID | None]
    begun_by_name: Mapped[str | None]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str]
    reviewed_at: Mapped[datetime]
    review_due: Mapped[date | None]
    expires_on: Mapped[date | None]
