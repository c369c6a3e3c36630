"""Tables of webhooks. An agency sees its own under row-level security."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.foundation.sealing import Sealed


class Subscription(Base):
    """`scanned_position` is how far the inbox has been fanned out; `last_matched` is the end of
    this subscription's own chain of positions."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        one_of("status", ["pending_verification", "active", "degraded", "held", "revoked"]),
        CheckConstraint("heartbeat_seconds BETWEEN 60 AND 900", name="heartbeat_seconds"),
        one_of("held_why", ["gone", "broken", "by_owner", "by_operator"]),
        CheckConstraint("(status = 'held') <= (held_at IS NOT NULL)", name="held"),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    url: Mapped[str]
    event_types: Mapped[list[str]]
    status: Mapped[str]
    scanned_position: Mapped[int] = mapped_column(BigInteger)
    last_matched: Mapped[int] = mapped_column(BigInteger)
    heartbeat_seconds: Mapped[int]
    held_at: Mapped[datetime | None]
    held_why: Mapped[str | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class EndpointHealth(Base):
    """How the receiver of a subscription does (`breaker.py`): `open_until` keeps everything back
    but a probe after it, `slow_until` is what the receiver asked for, `allowed` may be in flight
    at once."""

    __tablename__ = "endpoint_health"

    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    failures_in_row: Mapped[int]
    probes: Mapped[int]
    open_until: Mapped[datetime | None]
    slow_until: Mapped[datetime | None]
    allowed: Mapped[int]
    degraded_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime]


class SubscriptionKey(Base):
    """What a subscription signs with: at most two live, the one that retires beside its
    successor."""

    __tablename__ = "subscription_keys"

    id: Mapped[PrimaryKey]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    sealed_secret: Mapped[bytes] = mapped_column(Sealed("subscriptions|{subscription_id}|secret"))
    sealed_private_key: Mapped[bytes] = mapped_column(
        Sealed("subscriptions|{subscription_id}|private_key")
    )
    public_key: Mapped[str]
    created_at: Mapped[datetime]
    retires_at: Mapped[datetime | None]


class Delivery(Base):
    """One message to one subscription, and where it stands. Messages about the subscription
    itself (challenges, tests, heartbeats) have no position. `url` is where it goes, if not to
    where the subscription is now. `replayed`: asked for again, long after it happened."""

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("status", ["pending", "sending", "delivered", "undeliverable", "cancelled"]),
        one_of("kind", ["event", "verification", "test", "heartbeat", "moved"]),
        one_of("priority", ["urgent", "routine"]),
        UniqueConstraint("subscription_id", "position"),
        Index(
            "ix_deliveries_next",
            "subscription_id",
            "priority",
            text("(attempts > 0)"),
            "position",
            "due_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_deliveries_heartbeats",
            "finished_at",
            postgresql_where=text("kind = 'heartbeat'"),
        ),
        Index(
            "ix_deliveries_undeliverable",
            "subscription_id",
            postgresql_where=text("status = 'undeliverable'"),
        ),
        Index("ix_deliveries_lease", "lease_until", postgresql_where=text("status = 'sending'")),
    )

    id: Mapped[PrimaryKey]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    agency_id: Mapped[UUID]
    kind: Mapped[str]
    priority: Mapped[str]
    position: Mapped[int | None] = mapped_column(BigInteger)
    previous: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str]
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    attempts: Mapped[int]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    url: Mapped[str | None]
    replayed: Mapped[bool] = mapped_column(server_default=false())


class Attempt(Base):
    """What came of one attempt: status and duration, never a body."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(None, "delivery_id", "number"),
        Index(None, "subscription_id", "started_at"),
        Index(
            "ix_attempts_failed",
            "subscription_id",
            "started_at",
            postgresql_where=text("outcome <> 'delivered'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"))
    subscription_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    http_status: Mapped[int | None]
    outcome: Mapped[str]


class ReplayJob(Base):
    """Positions that are to be sent again, a batch at a time from `next_position` on."""

    __tablename__ = "replay_jobs"
    __table_args__ = (
        one_of("which", ["failed", "missing", "all"]),
        one_of("status", ["running", "done", "cancelled"]),
        Index(None, "subscription_id", "id"),
        Index(
            "uq_replay_jobs_running",
            "subscription_id",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: Mapped[PrimaryKey]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    which: Mapped[str]
    from_position: Mapped[int] = mapped_column(BigInteger)
    to_position: Mapped[int] = mapped_column(BigInteger)
    next_position: Mapped[int] = mapped_column(BigInteger)
    queued: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[int]


class UrlChange(Base):
    """Another address for a subscription: proposed by one administrator of the agency, decided by
    another."""

    __tablename__ = "url_changes"
    __table_args__ = (
        one_of("status", ["proposed", "approved", "refused"]),
        CheckConstraint("proposed_by <> decided_by", name="by_two"),
        Index(None, "subscription_id", "id"),
        Index(
            "uq_url_changes_proposed",
            "subscription_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
    )

    id: Mapped[PrimaryKey]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    url: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("practitioners.id"))
    proposed_by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    decided_by_name: Mapped[str | None]
    version: Mapped[int]


class WebhookMail(Base):
    """A mail to an agency about how one of its subscriptions does. Whom it goes to and what it
    says is looked up when it is sent. `due_at`: when it is tried, or, under a lease, when that
    ends."""

    __tablename__ = "webhook_mails"
    __table_args__ = (
        one_of("about", ["degraded", "held", "recovered", "undeliverable"]),
        one_of("status", ["waiting", "sent", "superseded", "given_up"]),
        Index("ix_webhook_mails_due", "due_at", postgresql_where=text("status = 'waiting'")),
        Index(None, "subscription_id", "queued_at"),
    )

    id: Mapped[PrimaryKey]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    about: Mapped[str]
    since: Mapped[datetime]
    queued_at: Mapped[datetime]
    status: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    lease_token: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
