"""`doorstep audit verify`, and the keys of checkpoints, as an operator types it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.audit.service import make_checkpoint
from api.foundation.embedded import Cluster, running_cluster
from api.journal import chain
from api.main import build_runtime
from api.settings import Settings
from tests.command_line import CommandLine
from tests.servers import embedded, temporary_folder


@pytest.fixture(scope="module")
def doorstep() -> Iterator[CommandLine]:
    """A migrated database under a home of its own, in which something was audited."""
    with temporary_folder() as folder, embedded(folder / "home" / "postgres") as server:
        server.start()
        command = CommandLine(folder / "home")
        command.succeed("migrate")
        command.succeed("agency", "create", "--kind", "gp", "--name", "Dock Road Surgery")
        yield command


def cluster_of(doorstep: CommandLine) -> Cluster:
    found = running_cluster(doorstep.home / "postgres")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def kept(doorstep: CommandLine) -> dict[str, Any]:
    """The checkpoint of today, as the worker makes it and an agency keeps it."""

    async def go() -> Any:
        runtime, _ = build_runtime(
            Settings(home=doorstep.home), cluster_of(doorstep).url("doorstep_worker")
        )
        assert await chain.seal(runtime) > 0
        made = await make_checkpoint(runtime)
        await runtime.database.close()
        return (
            await ask(doorstep, "SELECT * FROM audit_checkpoints JOIN checkpoint_keys USING (kid)")
        ), made

    [row], made = asyncio.run(go())
    assert row["id"] == made
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "digest": row["digest"].hex(),
        "previous": None,
        "jws": row["jws"],
        "public_jwk": json.loads(row["public_jwk"]),
    }


async def ask(doorstep: CommandLine, query: str) -> list[Any]:
    connection = await asyncpg.connect(cluster_of(doorstep).url("postgres"))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


def as_superuser(doorstep: CommandLine, *statements: str) -> None:
    """Past triggers and foreign keys."""

    async def go() -> None:
        for each in statements:
            connection = await asyncpg.connect(cluster_of(doorstep).url("postgres"))
            await connection.execute(f"SET session_replication_role = replica; {each}")
            await connection.close()

    asyncio.run(go())


def test_what_holds_is_said_with_its_checkpoints_and_witnesses(
    doorstep: CommandLine, kept: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    (tmp_path / "kept.jws").write_text(kept["jws"])
    witnesses = [str(tmp_path / "kept.json"), str(tmp_path / "kept.jws"), kept["id"]]
    witnesses.append(f"{kept['number']}:{kept['digest']}")
    said = doorstep.succeed(
        "audit", "verify", *(part for each in witnesses for part in ("--checkpoint", each))
    )
    *_, checkpoints, count, last = said.out.splitlines()
    assert checkpoints.startswith("1 checkpoints, the last of 20")
    assert checkpoints.endswith(f"at seal {kept['number']}")
    assert count == "4 witnesses, none contradicted"
    assert last == f"{kept['number']} sealed entries, unbroken"


def test_every_place_that_does_not_hold_is_a_line_of_its_own_and_the_status_is_one(
    doorstep: CommandLine, kept: dict[str, Any]
) -> None:
    as_superuser(
        doorstep,
        "CREATE TABLE kept_seals AS TABLE audit_seals",
        "UPDATE audit_seals SET digest = sha256(digest) WHERE number = 1",
    )
    said = doorstep("audit", "verify", "--checkpoint", f"1:{'ab' * 32}")
    as_superuser(
        doorstep,
        "UPDATE audit_seals s SET digest = k.digest FROM kept_seals k WHERE k.number = s.number",
        "DROP TABLE kept_seals",
    )
    assert said.status == 1
    chained, *more = said.err.removeprefix("doorstep: ").splitlines()
    assert chained.startswith("seal 1, entry ")
    assert chained.endswith(": the entry or its place was altered")
    assert len(more) >= 1
    assert more[-1].startswith("seal 1, entry ")
    assert "not what witness 1:abab" in more[-1]
    assert doorstep.succeed("audit", "verify").out.endswith("sealed entries, unbroken\n")


def test_a_witness_that_is_none_is_one_line(doorstep: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[x]")
    line = doorstep.fail("audit", "verify", "--checkpoint", str(tmp_path / "other"))
    assert line == f"{tmp_path}/other holds no checkpoint."
    line = doorstep.fail("audit", "verify", "--checkpoint", "5:abcd")
    assert line == "5:abcd: a digest has 64 hexadecimal digits, in lower case."
    line = doorstep.fail("audit", "verify", "--checkpoint", str(tmp_path / "nowhere"))
    assert line.startswith("No such file or directory")


def test_after_another_encryption_key_the_old_one_is_trusted_by_its_kid(
    doorstep: CommandLine, kept: dict[str, Any]
) -> None:
    other = {"ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
    line = doorstep.fail("audit", "verify", **other)
    assert f"checkpoint {kept['id']}: its key " in line
    kid = line.partition("its key ")[2].split()[0]
    said = doorstep.succeed("audit", "verify", "--trust-key", kid, **other)
    assert said.out.endswith("sealed entries, unbroken\n")


def test_rotating_gives_both_kinds_of_signatures_a_new_key(doorstep: CommandLine) -> None:
    first, second = (doorstep.succeed("keys", "rotate") for _ in range(2))
    for name in ("kid", "checkpoint_kid"):
        assert first.value(name) != second.value(name)
    query = "SELECT kid FROM checkpoint_keys WHERE retired_at IS NULL"
    [present] = asyncio.run(ask(doorstep, query))
    assert present["kid"] == second.value("checkpoint_kid")
    noted = "SELECT details ->> 'kid' AS kid FROM audit_entries WHERE action LIKE '%_key.rotated'"
    kids = {row["kid"] for row in asyncio.run(ask(doorstep, noted))}
    assert {second.value("kid"), second.value("checkpoint_kid")} <= kids


def test_migrating_makes_the_key_where_an_older_version_had_none(doorstep: CommandLine) -> None:
    as_superuser(
        doorstep,
        "CREATE TABLE kept_keys AS TABLE checkpoint_keys",
        "DELETE FROM checkpoint_keys",
    )
    doorstep.succeed("migrate")
    assert len(asyncio.run(ask(doorstep, "SELECT kid FROM checkpoint_keys"))) == 1
    as_superuser(doorstep, "INSERT INTO checkpoint_keys TABLE kept_keys", "DROP TABLE kept_keys")
