"""Table of observations, for every agency involved with the family."""

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from api.engagement.models import Recorded


class EngagementObservation(Recorded):
    """`challenged` is null where that is no question; `disguised_compliance`, what makes one
    suspect it, where nobody does."""

    __tablename__ = "engagement_observations"
    __table_args__ = (
        CheckConstraint("child_seen = (child_seen_alone IS NOT NULL)", name="child_seen"),
        CheckConstraint("child_seen = (child_not_seen_why IS NULL)", name="child_not_seen"),
        CheckConstraint("took_place OR NOT child_seen", name="seen_in_a_contact"),
        CheckConstraint("(challenged IS NULL) = (challenge_note IS NULL)", name="challenged"),
        CheckConstraint("type <> 'confrontation' OR challenged IS NOT NULL", name="confrontation"),
        Index(None, "family_id", "observed_on"),
        Index(None, "family_id", "agency_id", "observed_on"),
    )

    DAY: ClassVar[str] = "observed_on"

    observed_on: Mapped[date]
    contact: Mapped[str]
    took_place: Mapped[bool]
    child_seen: Mapped[bool]
    child_seen_alone: Mapped[bool | None]
    child_not_seen_why: Mapped[str | None]
    type: Mapped[str]
    indicators: Mapped[list[str]]
    reasons: Mapped[list[dict[str, Any]]]
    narrative: Mapped[str | None]
    challenged: Mapped[bool | None]
    challenge_note: Mapped[str | None]
    disguised_compliance: Mapped[str | None]
