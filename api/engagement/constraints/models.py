"""Table of assessment constraints, for every agency involved with the family."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.engagement.models import Resolvable, resolved_wholly
from api.foundation.database import one_of


class AssessmentConstraint(Resolvable):
    """`member_id` is null where it concerns every child of the family."""

    __tablename__ = "assessment_constraints"
    __table_args__ = (
        resolved_wholly(),
        one_of("included", ["yes", "no", "not_yet"]),
        CheckConstraint("included <> 'yes' OR reference IS NOT NULL", name="included_where"),
        Index(None, "family_id", "since"),
        Index(
            "ix_assessment_constraints_open",
            "family_id",
            postgresql_where=text("resolved_on IS NULL"),
        ),
    )

    DAY: ClassVar[str] = "since"

    area: Mapped[str]
    why: Mapped[str]
    since: Mapped[date]
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    included: Mapped[str]
    reference: Mapped[str | None]
