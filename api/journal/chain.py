"""The hash chain over the audit: each seal covers one entry and the seal before it.

`digest(n) = SHA-256(0x00 || digest(n-1) || canonical(entry))`. Editing, deleting or reordering
entries breaks it at a place that `verify` names, and so does taking seals away. That its last
seals and their entries were cut off together, or that all of it was recomputed, shows only beside
what was kept elsewhere: the checkpoints of `api.audit`.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation import metrics
from api.foundation.json import to_json
from api.journal.models import AuditEntry, AuditPending, AuditSeal
from api.journal.runtime import Runtime

GENESIS = b"\0" * 32
BATCH = 1000
# One sealer at a time, whichever worker it runs in.
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('doorstep.audit_seals', 0))")

_UNLIMITED = text("SET LOCAL statement_timeout = 0")
_LINKS = (
    select(AuditSeal, AuditEntry)
    .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    .order_by(AuditSeal.number)
    .execution_options(yield_per=BATCH)
)
# Entries are sealed from the queue that a trigger fills: what is in neither was tampered with.
_UNSEALED = (
    select(AuditEntry.id)
    .where(
        ~exists().where(AuditSeal.entry_id == AuditEntry.id),
        ~exists().where(AuditPending.entry_id == AuditEntry.id),
    )
    .order_by(AuditEntry.id)
    .limit(1)
)

_LOST = (
    select(AuditPending.entry_id)
    .where(~exists().where(AuditEntry.id == AuditPending.entry_id))
    .limit(1)
)


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
    """Seals what is pending, one batch, in the order it was appended. Returns how many. What was
    taken away before it was sealed stays pending, where `verify` finds it."""
    async with runtime.database.session() as session:
        if not await session.scalar(_LOCK):
            return 0
        pending = list(
            await session.execute(
                select(AuditPending.sequence, AuditEntry)
                .join(AuditEntry, AuditEntry.id == AuditPending.entry_id)
                .order_by(AuditPending.sequence)
                .limit(BATCH)
            )
        )
        if not pending:
            return 0
        sealed = await _seal_entries(session, [entry for _, entry in pending], runtime)
        await session.execute(
            delete(AuditPending).where(AuditPending.sequence.in_([each for each, _ in pending]))
        )
        await session.commit()
    metrics.SEALED.set(sealed)
    return len(pending)


async def _seal_entries(session: AsyncSession, entries: list[AuditEntry], runtime: Runtime) -> int:
    last = (
        await session.execute(
            select(AuditSeal.number, AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)
        )
    ).first()
    number, digest = (last.number, last.digest) if last else (0, GENESIS)
    rows, now = [], runtime.clock.now()
    for entry in entries:
        number += 1
        digest = link(digest, entry)
        rows.append(_row(number, entry.id, digest, now))
    await session.execute(insert(AuditSeal), rows)
    return number


def _row(number: int, entry_id: UUID, digest: bytes, now: datetime) -> dict[str, Any]:
    return {"number": number, "entry_id": entry_id, "digest": digest, "sealed_at": now}


class Walk:
    """Recomputes the chain, one seal after the other. Pure."""

    def __init__(self) -> None:
        self.number, self._digest = 0, GENESIS

    def step(self, seal_row: AuditSeal, entry: AuditEntry | None) -> Broken | None:
        """What is wrong at this seal, or None."""
        self.number += 1
        if seal_row.number != self.number:
            return Broken(self.number, None, "a seal is missing")
        if entry is None:
            return Broken(self.number, seal_row.entry_id, "the entry is missing")
        self._digest = link(self._digest, entry)
        if self._digest != seal_row.digest:
            return Broken(self.number, seal_row.entry_id, "the entry or its place was altered")
        return None


async def verify(session: AsyncSession) -> tuple[int, Broken | None]:
    """How many seals there are, and the first place that does not hold."""
    await session.execute(_UNLIMITED)
    total = await session.scalar(select(func.count()).select_from(AuditSeal)) or 0
    broken = await _walk(session)
    if broken is None:
        lost = await session.scalar(_LOST)
        if lost is not None:
            return total, Broken(total + 1, lost, "the entry is missing")
    if broken is None or broken.entry_id is None:
        unsealed = await session.scalar(_UNSEALED)
        if unsealed is not None:
            number = broken.number if broken else total + 1
            return total, Broken(number, unsealed, "its seal is missing")
    return total, broken


async def _walk(session: AsyncSession) -> Broken | None:
    walk, stream = Walk(), await session.stream(_LINKS)
    async for seal_row, entry in stream:
        broken = walk.step(seal_row, entry)
        if broken is not None:
            return broken
    return None
