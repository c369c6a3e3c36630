"""Tables of actions. Both are under row-level security."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.meetings.actions.rules import ActionAct, ActionKind, ActionStatus


class MeetingAction(Base):
    """`agency_id` owns it; `with_agency_ids` are those that a joint visit or a debrief joins.
    What is to be done about an alert is seen by who reads the alert, and by its owner."""

    __tablename__ = "meeting_actions"
    __table_args__ = (
        one_of("kind", list(ActionKind)),
        one_of("status", list(ActionStatus)),
        CheckConstraint("(kind = 'reconsider_alert') = (alert_id IS NOT NULL)", name="alert_named"),
        Index(None, "meeting_id"),
        Index(None, "family_id"),
        Index(None, "agency_id", "id"),
        Index(
            "ix_meeting_actions_due",
            "due_on",
            postgresql_where=text("status IN ('assigned', 'accepted', 'declined')"),
        ),
    )

    id: Mapped[PrimaryKey]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    kind: Mapped[str]
    what: Mapped[str]
    practitioner_name: Mapped[str | None]
    practitioner_job_title: Mapped[str | None]
    due_on: Mapped[date]
    with_agency_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    alert_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id"))
    status: Mapped[str]
    assigned_at: Mapped[datetime]
    notices_sent: Mapped[int]
    version: Mapped[int]


class ActionStep(Base):
    """What was done about an action; `agency_id` owned it after the step. By nobody where it went
    back because its owner's involvement was ended. `note` is the evidence, or the reason."""

    __tablename__ = "action_steps"
    __table_args__ = (
        one_of("act", list(ActionAct)),
        one_of("to_status", list(ActionStatus)),
        UniqueConstraint("action_id", "version"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    action_id: Mapped[UUID] = mapped_column(ForeignKey("meeting_actions.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    act: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    due_on: Mapped[date | None]
    by_agency_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    by_job_title: Mapped[str | None]
    note: Mapped[str | None]
