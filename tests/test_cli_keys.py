"""`doorstep keys status` and `doorstep keys reseal`, as an operator types them."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from api.foundation import resealing
from api.foundation.crypto import Keyring, key_id_of
from api.foundation.embedded import Cluster, running_cluster
from api.foundation.sealing import row_of
from api.journal.models import IdempotencyKey
from api.settings import Settings
from tests.command_line import CommandLine, Said
from tests.locks import held
from tests.posting import eventually
from tests.rotating import COLUMNS, LOST, NEW, OLD, spelt
from tests.servers import embedded, temporary_folder
from tests.service import ROOT
from tests.test_resealing import KEEP

LOCK = "SELECT FROM idempotency_keys WHERE key = $1 FOR UPDATE"
CLIENT = "6f1f9b0e-3c1b-4d0a-9d57-2f1c57b1a001"
ROWS = 700
PATIENCE_SECONDS = 120  # a process starts in it
NEW_ID = Keyring(NEW).key_id
SIGNERS = {"signing_keys.sealed_private_key", "checkpoint_keys.sealed_private_key"}


@pytest.fixture(scope="module")
def doorstep() -> Iterator[CommandLine]:
    """A migrated database under a home of its own, and the key that is kept there."""
    with temporary_folder() as folder, embedded(folder / "home" / "postgres") as server:
        server.start()
        command = CommandLine(folder / "home")
        command.succeed("migrate")
        yield command


@pytest.fixture(scope="module")
def kept_at_home(doorstep: CommandLine) -> bytes:
    return Settings(home=doorstep.home).master_key


def cluster_of(doorstep: CommandLine) -> Cluster:
    found = running_cluster(doorstep.home / "postgres")
    assert found is not None
    return found


def ask(doorstep: CommandLine, query: str, *given: Any) -> list[Any]:
    async def go() -> list[Any]:
        connection = await asyncpg.connect(cluster_of(doorstep).url("postgres"))
        try:
            return [tuple(each) for each in await connection.fetch(query, *given)]
        finally:
            await connection.close()

    return asyncio.run(go())


def bound_to(number: int) -> str:
    given = {"client_id": CLIENT, "method": "POST", "path": "/", "key": str(number)}
    return row_of(IdempotencyKey.body, **given)


def keep(doorstep: CommandLine, ring: Keyring, numbers: range) -> None:
    rows = [
        (CLIENT, "/", str(each), CLIENT, ring.encrypt(b"answer", bound_to(each)))
        for each in numbers
    ]

    async def go() -> None:
        connection = await asyncpg.connect(cluster_of(doorstep).url("postgres"))
        await connection.executemany(KEEP, rows)
        await connection.close()

    asyncio.run(go())


def listed(said: str) -> set[tuple[str, str, str, int]]:
    """The table: column, key, what it is, how many."""
    rows = [line.strip("│┃ ").split("│") for line in said.splitlines() if "│" in line]
    cells = [[cell.strip() for cell in row] for row in rows]
    return {(name, key_id, what, int(number)) for name, key_id, what, number in cells}


def noted(doorstep: CommandLine) -> list[Any]:
    return ask(
        doorstep,
        "SELECT action, details ->> 'key', details ->> 'left' FROM audit_entries "
        "WHERE action LIKE 'encryption_key.%' ORDER BY id",
    )


def test_everything_is_under_the_key_there_is(doorstep: CommandLine, kept_at_home: bytes) -> None:
    said = doorstep.succeed("keys", "status")
    own = Keyring(kept_at_home).key_id.hex()
    assert listed(said.out) == {(name, own, "current", 1) for name in SIGNERS}
    assert "other key" not in said.out


def test_a_key_that_waits_and_one_that_is_made_current(
    doorstep: CommandLine, kept_at_home: bytes
) -> None:
    own = Keyring(kept_at_home).key_id.hex()
    waits = doorstep.succeed("keys", "status", OTHER_ENCRYPTION_KEYS=spelt(NEW))
    assert f"other key {NEW_ID.hex()}: nothing is under it" in waits.out
    current = {"ENCRYPTION_KEY": spelt(NEW), "OTHER_ENCRYPTION_KEYS": spelt(kept_at_home)}
    said = doorstep.succeed("keys", "status", **current)
    assert listed(said.out) == {(name, own, "other", 1) for name in SIGNERS}
    assert f"other key {own}: needed, for 2" in said.out
    for secret in (spelt(NEW), spelt(kept_at_home), NEW.hex(), kept_at_home.hex()):
        assert secret not in waits.out + said.out


def test_resealed_it_needs_the_new_key_alone_and_is_in_the_audit(
    doorstep: CommandLine, kept_at_home: bytes
) -> None:
    own = Keyring(kept_at_home).key_id.hex()
    current = {"ENCRYPTION_KEY": spelt(NEW), "OTHER_ENCRYPTION_KEYS": spelt(kept_at_home)}
    for done in (1, 0):
        said = doorstep.succeed("keys", "reseal", **current)
        assert said.out.splitlines() == [
            f"{name}: {done if name in SIGNERS else 0} resealed, 0 unreadable" for name in COLUMNS
        ]
    said = doorstep.succeed("keys", "status", **current)
    assert listed(said.out) == {(name, NEW_ID.hex(), "current", 1) for name in SIGNERS}
    assert f"other key {own}: nothing is under it" in said.out
    doorstep.succeed("keys", "status", ENCRYPTION_KEY=spelt(NEW))
    started, ended = ("encryption_key.reseal_started", "encryption_key.resealed")
    assert noted(doorstep) == [
        (started, NEW_ID.hex(), None), (ended, NEW_ID.hex(), "0"),
    ] * 2  # fmt: skip


def test_a_killed_run_leaves_everything_readable_and_the_next_one_ends_it(
    doorstep: CommandLine,
) -> None:
    current = {"ENCRYPTION_KEY": spelt(NEW), "OTHER_ENCRYPTION_KEYS": spelt(OLD)}
    keep(doorstep, Keyring(OLD), range(ROWS))
    asyncio.run(_kill_when_all_but_one_are_resealed(doorstep, current))
    both = Keyring(NEW, OLD)
    rows = ask(doorstep, "SELECT key, body FROM idempotency_keys")
    assert [both.decrypt(body, bound_to(int(number))) for number, body in rows] == [
        b"answer"
    ] * ROWS
    said = doorstep.succeed("keys", "reseal", **current)
    assert "idempotency_keys.body: 1 resealed, 0 unreadable" in said.out
    rows = ask(doorstep, "SELECT body FROM idempotency_keys")
    assert {key_id_of(body) for (body,) in rows} == {NEW_ID}


async def _kill_when_all_but_one_are_resealed(
    doorstep: CommandLine, settings: dict[str, str]
) -> None:
    """One row is held, so that it cannot end by itself."""
    url = cluster_of(doorstep).url("postgres")
    watching = await asyncpg.connect(url)
    query = "SELECT count(*) FROM idempotency_keys WHERE substring(body FROM 1 FOR 8) = $1"

    async def all_but_one() -> bool:
        return bool(await watching.fetchval(query, NEW_ID) == ROWS - 1)

    async with held(url, LOCK, "500"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api", "keys", "reseal"),
            cwd=ROOT,
            env=doorstep._environment(settings),
        )
        try:
            await eventually(all_but_one, PATIENCE_SECONDS)
        finally:
            process.kill()
            await process.wait()
    await watching.close()


def test_what_no_given_key_opens_is_told_with_a_status(doorstep: CommandLine) -> None:
    keep(doorstep, Keyring(LOST), range(ROWS, ROWS + 3))
    before = ask(doorstep, "SELECT body FROM idempotency_keys ORDER BY key")
    lost = Keyring(LOST).key_id.hex()
    said = doorstep("keys", "status", ENCRYPTION_KEY=spelt(NEW))
    assert ("idempotency_keys.body", lost, "not given", 3) in listed(said.out)
    assert (said.status, said.err) == (
        1, "doorstep: 3 ciphertexts are under a key that is not given.\n",
    )  # fmt: skip
    said = doorstep("keys", "reseal", ENCRYPTION_KEY=spelt(NEW))
    assert said.status == 1
    assert "idempotency_keys.body: 0 resealed, 3 unreadable" in said.out
    assert said.err == (
        "doorstep: 3 ciphertexts are still not under the current key; no key that is given opens "
        "3, and these are as they were.\n"
    )
    assert ask(doorstep, "SELECT body FROM idempotency_keys ORDER BY key") == before
    assert noted(doorstep)[-1][2] == "3"
    doorstep.succeed("keys", "reseal", ENCRYPTION_KEY=spelt(NEW), OTHER_ENCRYPTION_KEYS=spelt(LOST))


def test_what_names_no_key_may_need_any(doorstep: CommandLine) -> None:
    ask(doorstep, "UPDATE idempotency_keys SET body = '\\x0000000000000000' WHERE key = '1'")
    current = {"ENCRYPTION_KEY": spelt(NEW), "OTHER_ENCRYPTION_KEYS": spelt(OLD)}
    said = doorstep.succeed("keys", "status", **current)
    assert ("idempotency_keys.body", "0" * 16, "not named", 1) in listed(said.out)
    assert f"other key {Keyring(OLD).key_id.hex()}: may be needed, where none is named" in said.out


async def resealed_beside(doorstep: CommandLine, key: str, settings: dict[str, str]) -> Said:
    """While this row is in use. The command has an event loop of its own, hence the thread."""
    async with held(cluster_of(doorstep).url("postgres"), LOCK, key):
        return await asyncio.to_thread(doorstep, "keys", "reseal", **settings)


def test_what_stays_in_use_is_told_with_a_status(
    doorstep: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "PASSES", 2)
    ask(doorstep, "DELETE FROM idempotency_keys")
    keep(doorstep, Keyring(OLD), range(2))
    current = {"ENCRYPTION_KEY": spelt(NEW), "OTHER_ENCRYPTION_KEYS": spelt(OLD)}
    said = asyncio.run(resealed_beside(doorstep, "1", current))
    assert said.status == 1
    assert "idempotency_keys.body: 1 resealed, 0 unreadable" in said.out
    assert said.err == (
        "doorstep: 1 ciphertext is still not under the current key; what else is left is in use, "
        "or was written since: restart whoever has another key, and run this again.\n"
    )
    assert "idempotency_keys.body: 1 resealed" in doorstep.succeed("keys", "reseal", **current).out


def test_another_role_is_refused(doorstep: CommandLine) -> None:
    """The owner alone sees every row: the URL of the API is not enough."""
    url = cluster_of(doorstep).url("doorstep_api")
    for command in ("status", "reseal"):
        line = doorstep.fail("keys", command, DATABASE_URL=url)
        assert line == "The database URL of doorstep_owner is not set: see docs/operating.md."
