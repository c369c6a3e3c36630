"""Tables of what the picture has raised, so that each agency is told once. Both are under
row-level security."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, one_of
from api.overview.picture.rules import Code


class RaisedIndicator(Base):
    """An indicator that holds for an agency, by the facts that it may read."""

    __tablename__ = "raised_indicators"
    __table_args__ = (one_of("code", list(Code)),)

    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]


class PictureCheck(Base):
    """When the worker last looked at the family of this id. Nobody else reads it."""

    __tablename__ = "picture_checks"

    id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), primary_key=True)
    checked_at: Mapped[datetime]
