"""Table of engagement profiles, for every agency involved with the family."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base

Part = Annotated[dict[str, Any] | None, mapped_column(JSONB(none_as_null=True), nullable=True)]


class EngagementProfile(Base):
    """`agency_id` and the practitioner are who changed it last; null while nobody has."""

    __tablename__ = "engagement_profiles"

    PARTS: ClassVar[tuple[str, ...]] = (
        "early_help_assessment", "lead_practitioner", "communication", "trusted_person",
        "told_of_recording",
    )  # fmt: skip

    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), primary_key=True)
    early_help_assessment: Mapped[Part]
    lead_practitioner: Mapped[Part]
    communication: Mapped[Part]
    trusted_person: Mapped[Part]
    told_of_recording: Mapped[Part]
    version: Mapped[int]
    changed_at: Mapped[datetime | None]
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agencies.id"))
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str | None]
    practitioner_job_title: Mapped[str | None]
