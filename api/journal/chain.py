"""The hash chain over the audit: each seal covers one entry and the seal before it.

`digest(n) = SHA-256(0x00 || digest(n-1) || canonical(entry))`. Editing, deleting, reordering or
truncating breaks it at a place that `verify` names.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation import metrics
from api.foundation.json import to_json
from api.journal.models import AuditEntry, AuditPending, AuditSeal
from api.journal.runtime import Runtime

GENESIS = b"\0" * 32
BATCH = 1000
# One sealer at a time, whichever worker it runs in.
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('doorstep.audit_seals', 0))")


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold, and what is wrong there."""

    number: int
    entry_id: UUID | None
    what: str


def canonical(entry: AuditEntry) -> bytes:
    """One spelling of an entry: every column by name, times in UTC."""
    content: dict[str, Any] = {
        column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns
    }
    content["recorded_at"] = entry.recorded_at.astimezone(UTC)
    return to_json(dict(sorted(content.items())))


def link(previous: bytes, entry: AuditEntry) -> bytes:
    return hashlib.sha256(b"\0" + previous + canonical(entry)).digest()


async def seal(runtime: Runtime) -> int:
    """Seals what is pending, one batch, in the order it was appended. Returns how many."""
    async with runtime.database.session() as session:
        if not await session.scalar(_LOCK):
            return 0
        pending = list(
            await session.scalars(select(AuditPending).order_by(AuditPending.sequence).limit(BATCH))
        )
        if not pending:
            return 0
        sealed = await _seal_entries(session, [row.entry_id for row in pending], runtime)
        await session.execute(
            delete(AuditPending).where(AuditPending.sequence.in_([row.sequence for row in pending]))
        )
        await session.commit()
    metrics.SEALED.set(sealed)
    return len(pending)


async def _seal_entries(session: AsyncSession, ids: list[UUID], runtime: Runtime) -> int:
    last = (
        await session.execute(
            select(AuditSeal.number, AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)
        )
    ).first()
    number, digest = (last.number, last.digest) if last else (0, GENESIS)
    found = await session.scalars(select(AuditEntry).where(AuditEntry.id.in_(ids)))
    entries = {entry.id: entry for entry in found}
    rows, now = [], runtime.clock.now()
    for entry_id in ids:
        number += 1
        digest = link(digest, entries[entry_id])
        rows.append(_row(number, entry_id, digest, now))
    await session.execute(insert(AuditSeal), rows)
    return number


def _row(number: int, entry_id: UUID, digest: bytes, now: datetime) -> dict[str, Any]:
    return {"number": number, "entry_id": entry_id, "digest": digest, "sealed_at": now}


def check(links: Iterable[tuple[AuditSeal, AuditEntry | None]]) -> Broken | None:
    """The first place at which the chain does not hold, or None. Pure."""
    digest = GENESIS
    for number, (seal_row, entry) in enumerate(links, start=1):
        if seal_row.number != number:
            return Broken(number, None, "a seal is missing")
        if entry is None:
            return Broken(number, seal_row.entry_id, "the entry is missing")
        digest = link(digest, entry)
        if digest != seal_row.digest:
            return Broken(number, seal_row.entry_id, "the entry or its place was altered")
    return None


async def verify(session: AsyncSession) -> tuple[int, Broken | None]:
    """How many seals there are, and the first that does not hold."""
    total = await session.scalar(select(func.count()).select_from(AuditSeal)) or 0
    stream = await session.execute(
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.number)
    )
    return total, check((row[0], row[1]) for row in stream)
