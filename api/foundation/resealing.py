"""Ciphertexts come under the current key: in small batches, beside the service and each other."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation.crypto import Keyring, Undecipherable, key_id_of
from api.foundation.sealing import SealedColumn, batches

# Who idles in a transaction is ended after 15 seconds: by then every row can be had.
PASSES = 60
PAUSE_SECONDS = 0.5


@dataclass
class Resealed:
    """What became of the ciphertexts of one column that were not under the current key."""

    done: int = 0
    unreadable: int = 0
    in_use: int = 0


async def reseal(session: AsyncSession, keyring: Keyring, sealed: SealedColumn) -> Resealed:
    """Until a pass finds nothing more to do. Each batch is committed by itself: it may be
    interrupted, and run again."""
    done, found = 0, Resealed()
    for _ in range(PASSES):
        found = await _pass(session, keyring, sealed)
        done += found.done
        if found.in_use:
            await asyncio.sleep(PAUSE_SECONDS)
        elif not found.done:
            break
    return Resealed(done, found.unreadable, found.in_use)


async def _pass(session: AsyncSession, keyring: Keyring, sealed: SealedColumn) -> Resealed:
    found = Resealed()
    async for batch in batches(session, sealed):
        others = [row for row, key_id in batch.items() if key_id != keyring.key_id]
        if others:
            rows = await _locked(session, sealed, others)
            found.in_use += len(others) - len(rows)
            await _reseal_rows(session, keyring, sealed, rows, found)
            await session.commit()
    return found


async def _locked(
    session: AsyncSession, sealed: SealedColumn, keys: Iterable[tuple[Any, ...]]
) -> list[Any]:
    """Those that nobody else has locked, as they are now: who waits for no lock stops nobody."""
    columns = {*sealed.primary_key, *sealed.bound_to, sealed.column}
    query = select(*columns).where(tuple_(*sealed.primary_key).in_(keys))
    rows = await session.execute(query.with_for_update(key_share=True, skip_locked=True))
    return list(rows.mappings())


async def _reseal_rows(
    session: AsyncSession,
    keyring: Keyring,
    sealed: SealedColumn,
    rows: Iterable[Any],
    found: Resealed,
) -> None:
    changes = []
    for row in rows:
        if key_id_of(row[sealed.column]) == keyring.key_id:
            continue  # by another one that runs at the same time
        try:
            plain = keyring.decrypt(row[sealed.column], sealed.row_of(row))
        except Undecipherable:
            found.unreadable += 1
            continue
        change = {f"row_{each.name}": row[each] for each in sealed.primary_key}
        changes.append(change | {"resealed": keyring.encrypt(plain, sealed.row_of(row))})
    found.done += len(changes)
    if changes:
        here = [each == bindparam(f"row_{each.name}") for each in sealed.primary_key]
        change_one = update(sealed.column.table).where(*here)
        await session.execute(change_one.values({sealed.column: bindparam("resealed")}), changes)
