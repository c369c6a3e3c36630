"""The embedded PostgreSQL: it starts anywhere, keeps its data, and never outlives its owner."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.foundation.embedded import ROLES, Cluster, EmbeddedServer, ServerFailed, running_cluster
from tests.servers import embedded, temporary_folder

ROOT = os.geteuid() == 0
PATIENCE = 60

OWNER = """
import sys, time
from pathlib import Path
from api.foundation.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
print(server.start().port, server._process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as made:
        yield made / "home" / "postgres"


def ask(cluster: Cluster, sql: str, role: str = "doorstep_owner") -> Any:
    async def go() -> Any:
        connection = await asyncpg.connect(cluster.url(role))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(go())


def modes_above(folder: Path) -> dict[Path, int]:
    return {each: each.stat().st_mode for each in folder.parents if each.exists()}


def state_of(folder: Path) -> str:
    """What the cluster says of how it was last stopped."""
    binaries = Path(EmbeddedServer(folder)._binaries) / "bin" / "pg_controldata"
    shown = subprocess.run(
        [str(binaries), str(folder / "data")],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C"},
    )
    [line] = [each for each in shown.stdout.splitlines() if each.startswith("Database cluster s")]
    return line.partition(":")[2].strip()


def test_a_cold_start_makes_a_database_with_three_roles_that_are_no_superusers(
    folder: Path,
) -> None:
    with embedded(folder) as server:
        cluster = server.start()
        for role in ROLES:
            assert ask(cluster, "SELECT current_user", role) == role
            powers = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles"
            assert not ask(cluster, f"{powers} WHERE rolname = current_user", role)
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'doorstep'"
        assert ask(cluster, owner) == "doorstep_owner"
        assert ask(cluster, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
        assert len(set(cluster.passwords.values())) == len(ROLES) + 1
        assert (folder / "cluster.json").stat().st_mode & 0o777 == 0o600


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    with embedded(folder) as server:
        cluster = server.start()
        stranger = Cluster(cluster.port, dict.fromkeys((*ROLES, "postgres"), "guessed"))
        for role in (*ROLES, "postgres"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                ask(stranger, "SELECT 1", role)


def test_a_second_start_keeps_the_data_and_the_passwords(folder: Path) -> None:
    with embedded(folder, durable=True) as server:
        first = server.start()
        ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert running_cluster(folder) == first
        server.stop()
        assert running_cluster(folder) is None
        assert state_of(folder) == "shut down"
        second = server.start()
        assert second.passwords == first.passwords
        assert ask(second, "SELECT answer FROM kept") == 42


def test_stopping_twice_or_what_never_started_does_nothing(folder: Path) -> None:
    with embedded(folder) as server:
        server.stop()
        server.start()
        server.stop()
        server.stop()
        assert running_cluster(folder) is None


def test_a_crash_loses_nothing_that_was_committed(folder: Path) -> None:
    with embedded(folder, durable=True) as server:
        ask(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
        server.stop(immediately=True)
        assert state_of(folder) != "shut down"
        assert ask(server.start(), "SELECT answer FROM kept") == 42


def test_a_second_server_on_the_same_data_is_refused_and_harms_nothing(folder: Path) -> None:
    with embedded(folder) as server:
        cluster = server.start()
        with pytest.raises(ServerFailed) as refused:
            EmbeddedServer(folder).start()
        assert "\n" not in str(refused.value)
        assert ask(cluster, "SELECT 1") == 1
        assert running_cluster(folder) == cluster


def test_the_server_stops_cleanly_when_its_owner_is_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        port, pid = (int(each) for each in owner.stdout.readline().split())
        cluster = running_cluster(folder)
        assert cluster is not None
        assert cluster.port == port
        ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
        owner.kill()
    await_end(pid)
    assert running_cluster(folder) is None
    assert state_of(folder) == "shut down"
    with embedded(folder) as server:
        assert ask(server.start(), "SELECT answer FROM kept") == 42


def await_end(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and "Z" not in status_of(pid):
        assert time.monotonic() < deadline, "the server outlived its owner"
        time.sleep(0.02)


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_a_folder_that_the_server_s_user_cannot_enter_is_never_opened_to_it(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "home" / "postgres"
    folder.parent.mkdir(mode=0o700)
    before = modes_above(folder)
    with embedded(folder) as server:
        assert ask(server.start(), "SELECT 1") == 1
        assert modes_above(folder) == before
        data = (folder / "data").resolve()
        assert (folder / "data").is_symlink() is ROOT
        assert (Path("/var/tmp") in data.parents) is ROOT
        assert data.parent.stat().st_mode & 0o077 == 0 or not ROOT
        server.stop()
        assert ask(server.start(), "SELECT 2") == 2
        assert (folder / "data").resolve() == data


def test_a_folder_that_can_be_entered_holds_the_data_itself(folder: Path) -> None:
    folder.parent.mkdir()
    before = modes_above(folder)
    with embedded(folder) as server:
        server.start()
        assert modes_above(folder) == before
        assert (folder / "data" / "PG_VERSION").exists()


def test_a_start_that_was_interrupted_is_made_good(folder: Path) -> None:
    with embedded(folder) as server:
        (folder / "data.new").mkdir(parents=True)
        (folder / "data.new" / "PG_VERSION").write_text("half")
        assert ask(server.start(), "SELECT 1") == 1


@pytest.mark.parametrize("content", [None, "", "{", '{"port": 1}', "[]"])
def test_data_whose_passwords_are_lost_is_never_made_anew(
    folder: Path, content: str | None
) -> None:
    kept = folder / "data" / "PG_VERSION"
    kept.parent.mkdir(parents=True)
    kept.write_text("18")
    if content is not None:
        (folder / "cluster.json").write_text(content)
    with pytest.raises(ServerFailed) as refused:
        EmbeddedServer(folder).start()
    assert "cluster.json" in str(refused.value)
    assert kept.read_text() == "18"
    assert running_cluster(folder) is None


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerFailed) as refused:
        EmbeddedServer(tmp_path / "file" / "postgres").start()
    assert str(refused.value) == "PostgreSQL could not start: Not a directory."


def test_a_server_that_stops_at_once_says_why(folder: Path) -> None:
    with embedded(folder) as server:
        server.start()
        server.stop()
        with open(folder / "data" / "postgresql.conf", "a") as configuration:
            configuration.write("\nno_such_setting_at_all = on\n")
        with pytest.raises(ServerFailed) as refused:
            server.start()
        assert "PostgreSQL stopped at once" in str(refused.value)
        assert "\n" not in str(refused.value)
        assert running_cluster(folder) is None
