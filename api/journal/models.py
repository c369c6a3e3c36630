"""Tables of the journal. `api` may append to them and never changes a row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.foundation.sealing import Sealed


def _naming(name: str, key: str, which: str) -> Index:
    """Finds the entries whose details name an id."""
    return Index(
        name,
        literal_column(f"(details -> '{key}')").label(key),
        postgresql_using="gin",
        postgresql_ops={key: "jsonb_path_ops"},
        postgresql_where=text(which),
    )


class AuditEntry(Base):
    """Who did, read or was refused what, and when. `details` holds ids, codes and counts."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("outcome", ["allowed", "denied"]),
        Index(None, "family_id", "recorded_at"),
        Index(None, "agency_id", "recorded_at"),
        Index(
            "ix_audit_entries_feed",
            "agency_id",
            "recorded_at",
            postgresql_where=text("action = 'events.read'"),
        ),
        Index(
            "ix_audit_entries_by_people",
            "recorded_at",
            postgresql_where=text("practitioner_id IS NOT NULL"),
        ),
        _naming("ix_audit_entries_looked_up", "families", "action = 'banners.looked_up'"),
        _naming(
            "ix_audit_entries_alerts_listed",
            "alerts",
            "action = 'alerts.listed' AND family_id IS NULL",
        ),
        _naming("ix_audit_entries_elsewhere", "elsewhere", "details ? 'elsewhere'"),
        _naming("ix_audit_entries_challenges_listed", "challenges", "action = 'challenges.listed'"),
        Index(
            None,
            "practitioner_id",
            "recorded_at",
            postgresql_where=text("practitioner_id IS NOT NULL"),
        ),
        Index(None, "resource_id", "recorded_at", postgresql_where=text("resource_id IS NOT NULL")),
        Index(
            "ix_audit_entries_denied",
            "agency_id",
            "recorded_at",
            postgresql_where=text("outcome = 'denied'"),
        ),
        Index(
            "ix_audit_entries_break_glass",
            "agency_id",
            "recorded_at",
            postgresql_where=text("details ? 'break_glass'"),
        ),
    )

    id: Mapped[PrimaryKey]
    recorded_at: Mapped[datetime]
    agency_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    action: Mapped[str]
    outcome: Mapped[str]
    family_id: Mapped[UUID | None]
    resource_type: Mapped[str | None]
    resource_id: Mapped[UUID | None]
    resource_version: Mapped[int | None]
    request_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]


class AuditPending(Base):
    """Entries the worker has yet to seal. Filled by a trigger, so that none can be forgotten."""

    __tablename__ = "audit_pending"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    entry_id: Mapped[UUID]


class AuditSeal(Base):
    """A link of the hash chain: SHA-256 over the link before it and the sealed entry."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entries.id"), unique=True)
    sealed_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class Event(Base):
    """Something that happened: ids, a version and a priority, never a name or a narrative."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("priority", ["urgent", "routine"]),
        Index(None, "resource_id"),
    )

    id: Mapped[PrimaryKey]
    type: Mapped[str]
    priority: Mapped[str]
    occurred_at: Mapped[datetime]
    agency_id: Mapped[UUID | None]
    family_id: Mapped[UUID | None]
    resource_type: Mapped[str]
    resource_id: Mapped[UUID]
    resource_version: Mapped[int | None]


class Inbox(Base):
    """An event at its position in one agency's feed. The event's fields stand here again, so that
    a page of the feed is read by this key alone."""

    __tablename__ = "inbox"
    __table_args__ = (Index(None, "resource_id", "agency_id"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID]
    type: Mapped[str]
    priority: Mapped[str]
    occurred_at: Mapped[datetime]
    family_id: Mapped[UUID | None]
    resource_type: Mapped[str]
    resource_id: Mapped[UUID]
    resource_version: Mapped[int | None]


class InboxCounter(Base):
    """The last position given out in an agency's inbox."""

    __tablename__ = "inbox_counters"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_position: Mapped[int] = mapped_column(BigInteger, default=0)


class FirstRead(Base):
    """When an agency was first shown a resource that can be recalled: it is told of the recall."""

    __tablename__ = "first_reads"

    resource_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]


class IdempotencyKey(Base):
    """The answer a client was given, for its retries of the same request."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    practitioner_id: Mapped[UUID | None]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(
        Sealed("idempotency_keys|{client_id}|{method}|{path}|{key}")
    )
    resource_type: Mapped[str | None]
    resource_id: Mapped[UUID | None]


class Instance(Base):
    """One row: the epoch of this database. A restore from backup gives it a new one."""

    __tablename__ = "instance"
    __table_args__ = (one_of("id", ["instance"]),)

    id: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[UUID]
