"""A superuser who changes what was recorded, and what restores it afterwards."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.foundation.database import Database
from api.journal import chain
from tests.world import World, publish, shared_family

TABLES = ("audit_entries", "audit_seals", "audit_pending", "checkpoint_keys", "audit_checkpoints")


async def verdict(world: World) -> tuple[int, chain.Broken | None]:
    """As `doorstep audit verify` asks: as the owner of the database."""
    database = Database(world.urls["doorstep_owner"], pool_size=1, wait_seconds=5)
    try:
        async with database.session() as session:
            return await chain.verify(session)
    finally:
        await database.close()


async def seal_all(world: World) -> int:
    total = 0
    while sealed := await chain.seal(world.worker):
        total += sealed
    return total


@pytest.fixture
async def sealed(world: World, superuser: Any) -> list[UUID]:
    """The entries of a sealed, unbroken chain, in their order."""
    await publish(world, await shared_family(world))
    await seal_all(world)
    total, broken = await verdict(world)
    assert broken is None
    rows = await superuser.fetch("SELECT entry_id FROM audit_seals ORDER BY number")
    assert len(rows) == total
    return [row["entry_id"] for row in rows]


@pytest.fixture
async def tampering(world: World, superuser: Any) -> AsyncIterator[Any]:
    """A superuser who switches triggers and foreign keys off; all is restored afterwards."""
    for table in TABLES:
        await superuser.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    await superuser.execute("SET session_replication_role = replica")
    yield superuser
    for table in reversed(TABLES):
        await superuser.execute(f"DELETE FROM {table}")
        await superuser.execute(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}"
        )
        await superuser.execute(f"DROP TABLE kept_{table}")
    await superuser.execute("SET session_replication_role = origin")
    await seal_all(world)
    assert (await verdict(world))[1] is None


async def swap(tampering: Any, one: UUID, other: UUID) -> None:
    move = "UPDATE audit_seals SET entry_id = $2 WHERE entry_id = $1"
    aside = uuid4()
    for before, after in ((one, aside), (other, one), (aside, other)):
        await tampering.execute(move, before, after)
