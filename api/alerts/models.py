"""Tables of alerts. Every one of them is under row-level security."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.alerts.rules import Act, AudienceKind, Notification, Origin, Severity, Status, SubjectKind
from api.foundation.database import Base, PrimaryKey, one_of

LIVE = "status IN ('provisional', 'active', 'under_review')"


class Alert(Base):
    """`version` counts every change and is the ETag; `content_version` counts what an
    acknowledgement refers to, and stays when an alert is ratified.

    `origin_id` is the alert that this one replaces, corrects or extends; `unconfirmed` says that
    the family has moved since an alert on premises was last confirmed."""

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("status", list(Status)),
        one_of("severity", list(Severity)),
        one_of("subject_kind", list(SubjectKind)),
        one_of("audience_kind", list(AudienceKind)),
        one_of("notification", list(Notification)),
        one_of("origin", list(Origin)),
        CheckConstraint("(origin IS NULL) = (origin_id IS NULL)", name="origin_named"),
        Index(None, "family_id", "id"),
        Index("ix_alerts_origin_id", "origin_id", postgresql_where=text("origin_id IS NOT NULL")),
        Index("ix_alerts_review_due", "review_due", postgresql_where=text(LIVE)),
        Index(
            "ix_alerts_notification_due",
            "notification_due",
            postgresql_where=text(f"{LIVE} AND notification_due IS NOT NULL"),
        ),
        Index("ix_alerts_ratify_by", "ratify_by", postgresql_where=text("status = 'provisional'")),
        Index("ix_alerts_expires_on", "expires_on", postgresql_where=text(LIVE)),
        Index("ix_alerts_owner_live", "agency_id", "family_id", postgresql_where=text(LIVE)),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    status: Mapped[str]
    disputed: Mapped[bool]
    severity: Mapped[str]
    subject_kind: Mapped[str]
    subject_member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    subject_address_id: Mapped[UUID | None] = mapped_column(ForeignKey("addresses.id"))
    subject_description: Mapped[str | None]
    behaviours: Mapped[list[dict[str, Any]]]
    circumstances: Mapped[list[str]]
    scope: Mapped[str]
    precautions: Mapped[list[str]]
    precaution_note: Mapped[str | None]
    grounds: Mapped[dict[str, Any]]
    child_impact: Mapped[dict[str, Any]]
    child_seen_how: Mapped[str | None]
    audience_kind: Mapped[str]
    published_at: Mapped[datetime]
    ratify_by: Mapped[datetime]
    warnings_sent: Mapped[int] = mapped_column(default=0)
    review_due: Mapped[date]
    review_notices_sent: Mapped[int] = mapped_column(default=0)
    expires_on: Mapped[date]
    expiry_notices_sent: Mapped[int] = mapped_column(default=0)
    notification: Mapped[str]
    notification_due: Mapped[date | None]
    notification_reminded: Mapped[bool] = mapped_column(default=False)
    protect_source: Mapped[bool]
    unconfirmed: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str | None]
    origin_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id"))
    version: Mapped[int]
    content_version: Mapped[int]


class AlertRecipient(Base):
    """An agency named in an alert's audience, with the reason why it needs to know."""

    __tablename__ = "alert_recipients"

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    reason: Mapped[str]


class AlertTransition(Base):
    """What was done to an alert: who, when and why. By nobody where a deadline passed."""

    __tablename__ = "alert_transitions"
    __table_args__ = (
        one_of("to_status", list(Status)),
        one_of("act", ["publish", "confirm", "hand_over", *Act]),
        UniqueConstraint("alert_id", "version"),
    )

    id: Mapped[PrimaryKey]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    act: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    by_agency_id: Mapped[UUID | None]
    by_practitioner_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    reason: Mapped[str | None]
