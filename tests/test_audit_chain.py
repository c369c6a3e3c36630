"""What was done is appended, sealed in order, and cannot be changed without a trace."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.journal import chain
from api.journal.models import AuditEntry
from tests.locks import held, waiters
from tests.tampering import seal_all, sealed, swap, tampering, verdict
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

__all__ = ["sealed", "tampering"]


async def test_everything_is_sealed_once_in_the_order_it_was_appended(
    world: World, superuser: Any
) -> None:
    await publish(world, await shared_family(world))
    waiting = await superuser.fetch("SELECT entry_id FROM audit_pending ORDER BY sequence")
    before = await superuser.fetchval("SELECT coalesce(max(number), 0) FROM audit_seals")
    assert await seal_all(world) == len(waiting) > 0
    rows = await superuser.fetch(
        "SELECT number, entry_id FROM audit_seals WHERE number > $1 ORDER BY number", before
    )
    assert [row["entry_id"] for row in rows] == [row["entry_id"] for row in waiting]
    assert [row["number"] for row in rows] == list(range(before + 1, before + len(rows) + 1))
    assert await superuser.fetchval("SELECT count(*) FROM audit_pending") == 0
    assert await verdict(world) == (before + len(rows), None)
    assert await seal_all(world) == 0


async def test_many_entries_are_sealed_in_batches(
    world: World, sealed: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    await publish(world, await shared_family(world))
    assert await chain.seal(world.worker) == 3
    assert await seal_all(world) > 0
    assert (await verdict(world))[1] is None


async def test_of_two_sealers_one_waits_for_its_next_round(world: World, superuser: Any) -> None:
    await publish(world, await shared_family(world))
    async with held(world.urls["postgres"], "LOCK TABLE audit_seals IN SHARE MODE"):
        first = asyncio.create_task(chain.seal(world.worker))
        await waiters(superuser, 1)
        assert await chain.seal(world.worker) == 0
    assert await first > 0
    sealers = [chain.seal(world.worker) for _ in range(6)]
    await publish(world, await shared_family(world))
    await asyncio.gather(*sealers)
    await seal_all(world)
    assert (await verdict(world))[1] is None


async def test_an_entry_that_commits_late_is_sealed_late_and_not_lost(
    world: World, superuser: Any
) -> None:
    other = await asyncpg.connect(world.urls["postgres"])
    late = uuid4()
    async with other.transaction():
        await other.execute(
            "INSERT INTO audit_entries (id, recorded_at, action, outcome, details) "
            "VALUES ($1, now(), 'late', 'allowed', '{}')",
            late,
        )
        await publish(world, await shared_family(world))
        assert await seal_all(world) > 0
    await other.close()
    assert await seal_all(world) == 1
    last = "SELECT entry_id FROM audit_seals ORDER BY number DESC LIMIT 1"
    assert await superuser.fetchval(last) == late
    assert (await verdict(world))[1] is None


# How a superuser might change each column of an entry.
COLUMNS = {
    "id": "gen_random_uuid()",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "agency_id": "gen_random_uuid()",
    "client_id": "gen_random_uuid()",
    "practitioner_id": "gen_random_uuid()",
    "action": "'alert.read'",
    "outcome": "'denied'",
    "family_id": "gen_random_uuid()",
    "resource_type": "'premises'",
    "resource_id": "gen_random_uuid()",
    "resource_version": "coalesce(resource_version, 0) + 1",
    "request_id": "gen_random_uuid()",
    "details": """'{"count": 1}'""",
}


def test_every_column_of_an_entry_is_tried() -> None:
    assert set(COLUMNS) == set(AuditEntry.__table__.columns.keys())


@pytest.mark.parametrize("column", COLUMNS)
async def test_an_edited_entry_is_named(
    world: World, sealed: list[UUID], tampering: Any, column: str
) -> None:
    await tampering.execute(
        f"UPDATE audit_entries SET {column} = {COLUMNS[column]} WHERE id = $1", sealed[4]
    )
    what = "the entry is missing" if column == "id" else "the entry or its place was altered"
    assert await verdict(world) == (len(sealed), chain.Broken(5, sealed[4], what))


async def test_a_deleted_entry_is_named(world: World, sealed: list[UUID], tampering: Any) -> None:
    await tampering.execute("DELETE FROM audit_entries WHERE id = $1", sealed[2])
    _, broken = await verdict(world)
    assert broken == chain.Broken(3, sealed[2], "the entry is missing")


async def test_an_entry_deleted_before_it_was_sealed_is_named_and_stops_nothing(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    await tampering.execute("SET session_replication_role = origin")
    await publish(world, await shared_family(world))
    lost = await tampering.fetchval("SELECT entry_id FROM audit_pending ORDER BY sequence LIMIT 1")
    await tampering.execute("SET session_replication_role = replica")
    await tampering.execute("DELETE FROM audit_entries WHERE id = $1", lost)
    assert await seal_all(world) > 0
    total, broken = await verdict(world)
    assert broken == chain.Broken(total + 1, lost, "the entry is missing")


async def test_entries_that_changed_places_are_named(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    await swap(tampering, sealed[1], sealed[3])
    _, broken = await verdict(world)
    assert broken == chain.Broken(2, sealed[3], "the entry or its place was altered")


async def test_a_seal_taken_from_the_middle_is_named_by_its_entry(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    await tampering.execute("DELETE FROM audit_seals WHERE entry_id = $1", sealed[3])
    _, broken = await verdict(world)
    assert broken == chain.Broken(4, sealed[3], "its seal is missing")


async def test_a_seal_taken_with_its_entry_leaves_a_gap(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    await tampering.execute("DELETE FROM audit_seals WHERE entry_id = $1", sealed[3])
    await tampering.execute("DELETE FROM audit_entries WHERE id = $1", sealed[3])
    _, broken = await verdict(world)
    assert broken == chain.Broken(4, None, "a seal is missing")


async def test_seals_taken_from_the_end_leave_their_entries_unsealed(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    await tampering.execute("DELETE FROM audit_seals WHERE entry_id = ANY ($1)", sealed[-2:])
    total, broken = await verdict(world)
    assert broken == chain.Broken(total + 1, sealed[-2], "its seal is missing")


async def test_a_chain_that_was_resealed_from_the_middle_is_named(
    world: World, sealed: list[UUID], tampering: Any
) -> None:
    """Whoever recomputes one digest must recompute all that follow."""
    row = await tampering.fetchrow("SELECT * FROM audit_seals WHERE entry_id = $1", sealed[5])
    await tampering.execute(
        "UPDATE audit_seals SET digest = sha256(digest) WHERE number = $1", row["number"]
    )
    _, broken = await verdict(world)
    assert broken == chain.Broken(6, sealed[5], "the entry or its place was altered")


@pytest.mark.parametrize("role", ["doorstep_api", "doorstep_worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries CASCADE",
        "UPDATE audit_seals SET number = 0",
        "DELETE FROM audit_seals",
        "UPDATE events SET type = 'x'",
        "DELETE FROM events",
        "UPDATE inbox SET type = 'x'",
        "DELETE FROM inbox",
        "UPDATE inbox_counters SET last_position = 0",
        "UPDATE idempotency_keys SET status = 200",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    ],
)
async def test_what_was_appended_no_process_can_change(
    world: World, role: str, statement: str
) -> None:
    connection = await asyncpg.connect(world.urls[role])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_api_reads_nothing_of_the_audit_without_an_agency(world: World) -> None:
    connection = await asyncpg.connect(world.urls["doorstep_api"])
    try:
        for table in ("audit_entries", "audit_seals"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT digest FROM audit_seals")
    finally:
        await connection.close()
