"""Table of sharing checks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey
from api.foundation.sealing import Sealed


class SharingCheck(Base):
    """What was answered stands sealed in `sealed_content`: see `api.engagement.privacy`."""

    __tablename__ = "sharing_checks"
    __table_args__ = (Index(None, "agency_id", "family_id"),)

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    sealed_content: Mapped[bytes] = mapped_column(Sealed("sharing_checks|{id}"))
    answered_at: Mapped[datetime]
