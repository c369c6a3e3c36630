"""Table of what was decided about telling the subject; the present state stands on the alert."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.alerts.rules import Notification
from api.foundation.database import Base, PrimaryKey, one_of


class SubjectNotification(Base):
    """Only ever appended. For the owner's eyes: the reason may itself be dangerous to know."""

    __tablename__ = "subject_notifications"
    __table_args__ = (one_of("status", list(Notification)),)

    id: Mapped[PrimaryKey]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), index=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    status: Mapped[str]
    at: Mapped[datetime]
    by_practitioner_id: Mapped[UUID | None]
    by_name: Mapped[str]
    told_on: Mapped[date | None]
    method: Mapped[str | None]
    reason: Mapped[str | None]
    look_again_on: Mapped[date | None]
