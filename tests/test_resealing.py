"""Resealing may be interrupted, repeated and run beside others, and forgets and spoils nothing."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, LargeBinary
from sqlalchemy.types import TypeDecorator

from api.foundation import resealing, sealing
from api.foundation.crypto import UNNAMED, Keyring, Undecipherable, key_id_of
from api.foundation.sealing import Sealed, row_of, sealed_columns
from api.journal.models import IdempotencyKey
from api.tables import metadata
from tests.locks import held
from tests.posting import eventually
from tests.rotating import LOST, NEW, OLD, counted, resealed, restarted
from tests.test_crypto import unnamed
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

ANSWERS = "idempotency_keys.body"
ROWS = 90
OLD_RING, NEW_RING = Keyring(OLD), Keyring(NEW)
HASHES = {
    "enrolment_codes.code_hash", "clients.secret_hash", "clients.previous_secret_hash",
    "audit_seals.digest", "audit_checkpoints.digest", "idempotency_keys.body_hash",
}  # fmt: skip
KEEP = """
INSERT INTO idempotency_keys (client_id, method, path, key, agency_id, body_hash, created_at,
                              status, headers, body)
VALUES ($1, 'POST', $2, $3, $4, '', now(), 201, '{}', $5)
"""
LOCK = "SELECT FROM idempotency_keys WHERE client_id = $1 AND key = $2 FOR UPDATE"

Seal = Callable[[bytes, str], bytes]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 20)
    monkeypatch.setattr(resealing, "PAUSE_SECONDS", 0.02)


@pytest.fixture
async def client(world: World, superuser: Any) -> AsyncIterator[UUID]:
    """One whose answers are kept under the old key; at the end nothing is left under another."""
    made = uuid4()
    await keep(superuser, made, OLD_RING.encrypt, ROWS)
    yield made
    await superuser.execute("DELETE FROM idempotency_keys")
    await resealed(world, OLD, NEW)


def row(client: UUID, number: int) -> str:
    place = {"method": "POST", "path": f"/{number % 7}", "key": f"{number:04}"}
    return row_of(IdempotencyKey.body, client_id=client, **place)


async def keep(superuser: Any, client: UUID, seal: Seal, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        sealed = seal(f"answer {number}".encode(), row(client, number))
        place = (f"/{number % 7}", f"{number:04}")
        await superuser.execute(KEEP, client, *place, uuid4(), sealed)


async def answers(superuser: Any, client: UUID) -> dict[int, bytes]:
    query = "SELECT key, body FROM idempotency_keys WHERE client_id = $1 ORDER BY key"
    return {int(each["key"]): each["body"] for each in await superuser.fetch(query, client)}


async def under(superuser: Any, client: UUID, ring: Keyring) -> int:
    found = await answers(superuser, client)
    return sum(key_id_of(each) == ring.key_id for each in found.values())


async def check_all_opened(superuser: Any, client: UUID, count: int = ROWS) -> None:
    found = await answers(superuser, client)
    opened = {number: NEW_RING.decrypt(each, row(client, number)) for number, each in found.items()}
    assert opened == {number: f"answer {number}".encode() for number in range(count)}


class Interrupted(Exception):
    """What ends it in the middle of a batch."""


def interrupting(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Stops the run when the rows of this batch of answers are written, and not committed."""
    real, numbers = resealing._reseal_rows, itertools.count(1)

    async def reseal_rows(session: Any, ring: Any, sealed: Any, *given: Any) -> None:
        await real(session, ring, sealed, *given)
        if sealed.name == ANSWERS and next(numbers) == batch:
            raise Interrupted

    monkeypatch.setattr(resealing, "_reseal_rows", reseal_rows)


async def test_what_is_interrupted_stays_readable_and_is_taken_up_again(
    world: World, superuser: Any, client: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Keyring(NEW, OLD)
    with monkeypatch.context() as patch:
        interrupting(patch, batch=3)
        with pytest.raises(Interrupted):
            await resealed(world, NEW, OLD)
    assert await under(superuser, client, NEW_RING) == 40
    for number, sealed in (await answers(superuser, client)).items():
        assert both.decrypt(sealed, row(client, number)) == f"answer {number}".encode()
    assert (await resealed(world, NEW, OLD))[ANSWERS].done == ROWS - 40
    await check_all_opened(superuser, client)
    again = await resealed(world, NEW, OLD)
    assert {name: vars(each) for name, each in again.items() if any(vars(each).values())} == {}


async def test_what_stays_locked_is_said(
    world: World, superuser: Any, client: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "PASSES", 3)
    async with held(world.urls["postgres"], LOCK, client, "0030"):
        found = (await resealed(world, NEW, OLD))[ANSWERS]
    assert (found.done, found.unreadable, found.in_use) == (ROWS - 1, 0, 1)


async def test_what_is_freed_meanwhile_is_come_back_to(
    world: World, superuser: Any, client: UUID
) -> None:
    async with held(world.urls["postgres"], LOCK, client, "0030"):
        running = asyncio.create_task(resealed(world, NEW, OLD))

        async def all_but_one() -> bool:
            return await under(superuser, client, NEW_RING) == ROWS - 1

        await eventually(all_but_one)
    assert vars((await running)[ANSWERS]) == {"done": ROWS, "unreadable": 0, "in_use": 0}
    await check_all_opened(superuser, client)


async def test_two_at_once_beside_the_service_do_everything_once(
    world: World, superuser: Any, client: UUID
) -> None:
    family = await shared_family(world)
    stale = sum(each.total() for each in (await counted(world)).values())
    async with restarted(world, NEW, OLD) as service:
        enough = asyncio.Event()
        writing = asyncio.create_task(_write_on(service, family, enough))
        first, second = await asyncio.gather(*(resealed(world, NEW, OLD) for _ in range(2)))
        enough.set()
        written = await writing
    assert written > 0
    assert sum(each.done for found in (first, second) for each in found.values()) == stale
    assert {key_id for each in (await counted(world)).values() for key_id in each} == {
        NEW_RING.key_id
    }
    await check_all_opened(superuser, client)


async def _write_on(service: World, family: dict[str, Any], enough: asyncio.Event) -> int:
    """Publishes under the current key until it is told to stop. Returns how often."""
    published = 0
    while published == 0 or not enough.is_set():
        await publish(service, family)
        published += 1
    return published


async def test_what_no_key_opens_is_counted_and_left_as_it_is(
    world: World, superuser: Any, client: UUID
) -> None:
    stranger = uuid4()
    await keep(superuser, stranger, Keyring(LOST).encrypt, 30)
    await keep(superuser, stranger, lambda *given: unnamed(LOST, *given), 30, first=30)
    await keep(superuser, stranger, lambda *_: b"", 1, first=60)
    await keep(superuser, stranger, lambda *_: OLD_RING.encrypt(b"", "other row"), 1, first=61)
    before = await answers(superuser, stranger)
    for done in (ROWS, 0):
        found = (await resealed(world, NEW, OLD))[ANSWERS]
        assert (found.done, found.unreadable, found.in_use) == (done, 62, 0)
    assert await answers(superuser, stranger) == before
    await check_all_opened(superuser, client)
    late = (await resealed(world, NEW, OLD, LOST))[ANSWERS]
    assert (late.done, late.unreadable) == (60, 2)


async def test_what_names_no_key_is_opened_by_whichever_made_it(
    world: World, superuser: Any, client: UUID
) -> None:
    await keep(superuser, client, lambda *given: unnamed(OLD, *given), 30, first=ROWS)
    await keep(superuser, client, lambda *given: unnamed(NEW, *given), 30, first=ROWS + 30)
    assert (await counted(world))[ANSWERS][UNNAMED] == 60
    assert (await resealed(world, NEW, OLD))[ANSWERS].done == ROWS + 60
    await check_all_opened(superuser, client, ROWS + 60)


async def test_rows_that_were_swapped_before_are_not_made_whole(
    world: World, superuser: Any, client: UUID
) -> None:
    swap = "UPDATE idempotency_keys SET body = $3 WHERE client_id = $1 AND key = $2"
    kept = await answers(superuser, client)
    await superuser.execute(swap, client, "0001", kept[2])
    await superuser.execute(swap, client, "0002", kept[1])
    assert (await resealed(world, NEW, OLD))[ANSWERS].unreadable == 2
    found = await answers(superuser, client)
    for number in (1, 2):
        with pytest.raises(Undecipherable):
            Keyring(NEW, OLD).decrypt(found[number], row(client, number))


def holds_bytes(column: Column[Any]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, LargeBinary)


async def test_every_column_of_bytes_is_resealed_or_a_hash(superuser: Any) -> None:
    """Whoever adds a column of ciphertexts declares it `Sealed`, which is what resealing asks."""
    columns = [each for table in metadata.tables.values() for each in table.columns]
    known = {each.name for each in sealed_columns(metadata)}
    named = {f"{each.table.name}.{each.name}" for each in columns if holds_bytes(each)}
    assert named - HASHES == known
    assert named > HASHES
    query = """
        SELECT attrelid::regclass || '.' || attname FROM pg_attribute
          JOIN pg_class c ON c.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
           AND atttypid = 'bytea'::regtype AND NOT attisdropped
    """
    assert {each[0] for each in await superuser.fetch(query)} == named


def test_no_two_columns_are_bound_to_the_same_row() -> None:
    rows = [each.column.type.row for each in sealed_columns(metadata)]
    assert len(set(rows)) == len(rows)
    for each in sealed_columns(metadata):
        assert isinstance(each.column.type, Sealed)
        assert each.bound_to
