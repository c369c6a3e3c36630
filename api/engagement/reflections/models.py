"""Tables of reflections."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey
from api.foundation.sealing import Sealed


class Reflection(Base):
    """What it says stands in its versions; `version` is the latest."""

    __tablename__ = "reflections"
    __table_args__ = (Index(None, "agency_id", "family_id"),)

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    written_at: Mapped[datetime]
    version: Mapped[int]


class ReflectionVersion(Base):
    """Sealed: see `api.engagement.privacy`."""

    __tablename__ = "reflection_versions"

    reflection_id: Mapped[UUID] = mapped_column(ForeignKey("reflections.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    at: Mapped[datetime]
    sealed_content: Mapped[bytes] = mapped_column(
        Sealed("reflection_versions|{reflection_id}|{number}")
    )
