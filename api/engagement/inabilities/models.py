"""Table of inabilities, for every agency involved with the family."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.engagement.models import Resolvable, resolved_wholly


class Inability(Resolvable):
    """`covered_by_id` is null where no agency covers. An answer holds `answer`, `statement`."""

    __tablename__ = "engagement_inabilities"
    __table_args__ = (
        resolved_wholly(),
        Index(None, "family_id", "since"),
        Index(
            "uq_engagement_inabilities_open",
            "family_id",
            "agency_id",
            unique=True,
            postgresql_where=text("resolved_on IS NULL"),
        ),
    )

    DAY: ClassVar[str] = "since"

    since: Mapped[date]
    why: Mapped[str]
    covered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("agencies.id"))
    cover: Mapped[str]
    gathering: Mapped[dict[str, Any]]
    monitoring: Mapped[dict[str, Any]]
    multi_agency_plan: Mapped[dict[str, Any]]
