"""What cannot start says why in one line: no database, the wrong role, an unsafe setting."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from api.foundation.embedded import Cluster
from tests.command_line import CommandLine
from tests.forging import pem_of

PASSWORD = "pa55-w0rd"


@pytest.fixture
def doorstep(tmp_path: Path) -> CommandLine:
    """Nothing is running at this home."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound and answers nobody."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="module")
def empty_database(cluster: Cluster) -> str:
    """The name of a database without any table."""

    async def create() -> None:
        connection = await asyncpg.connect(cluster.url("postgres", "postgres"))
        await connection.execute("CREATE DATABASE cli_refusals OWNER doorstep_owner")
        await connection.close()

    asyncio.run(create())
    return "cli_refusals"


@pytest.mark.parametrize(
    "command", [["serve"], ["worker"], ["migrate"], ["agency", "list"], ["audit", "verify"]]
)
def test_without_a_database_every_command_says_how_to_get_one(
    doorstep: CommandLine, command: list[str]
) -> None:
    assert doorstep.fail(*command) == (
        "No database is running here. Start one with `make run`, or set DOORSTEP_DATABASE_URL."
    )


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        (["serve"], "DATABASE_URL"),
        (["worker"], "WORKER_DATABASE_URL"),
        (["migrate"], "OWNER_DATABASE_URL"),
        (["agency", "list"], "DATABASE_URL"),
    ],
)
def test_a_database_that_does_not_answer_is_said_without_its_password(
    doorstep: CommandLine, closed_port: int, command: list[str], setting: str
) -> None:
    url = f"postgresql://doorstep_api:{PASSWORD}@127.0.0.1:{closed_port}/doorstep"
    line = doorstep.fail(*command, **{setting: url})
    assert PASSWORD not in line


def test_the_url_of_one_role_does_not_serve_another(
    doorstep: CommandLine, cluster: Cluster
) -> None:
    line = doorstep.fail("migrate", DATABASE_URL=cluster.url("doorstep_api"))
    assert line.startswith("The database URL of doorstep_owner is not set")


@pytest.mark.parametrize("url", ["nonsense", "postgresql://a:b@127.0.0.1:x/y"])
def test_a_database_url_that_is_none_is_one_line(doorstep: CommandLine, url: str) -> None:
    line = doorstep.fail("agency", "list", DATABASE_URL=url)
    assert line == "DOORSTEP_DATABASE_URL: must be a postgresql:// address"


def test_a_wrong_password_is_one_line_that_does_not_repeat_it(
    doorstep: CommandLine, cluster: Cluster
) -> None:
    url = f"postgresql://doorstep_api:{PASSWORD}@127.0.0.1:{cluster.port}/doorstep"
    for command in (["serve"], ["agency", "list"]):
        assert PASSWORD not in doorstep.fail(*command, DATABASE_URL=url)


def test_the_service_does_not_start_with_more_rights_than_it_needs(
    doorstep: CommandLine, database_urls: dict[str, str]
) -> None:
    for role in ("doorstep_owner", "postgres"):
        line = doorstep.fail("serve", DATABASE_URL=database_urls[role])
        assert line == (
            f"The database role {role} owns or bypasses what it must not: use doorstep_api."
        )
        line = doorstep.fail("worker", WORKER_DATABASE_URL=database_urls[role])
        assert line.endswith("use doorstep_worker.")


def test_api_and_worker_do_not_run_in_each_other_s_role(
    doorstep: CommandLine, database_urls: dict[str, str]
) -> None:
    line = doorstep.fail("serve", DATABASE_URL=database_urls["doorstep_worker"])
    assert line == "The database role is doorstep_worker: this process runs as doorstep_api."
    line = doorstep.fail("worker", WORKER_DATABASE_URL=database_urls["doorstep_api"])
    assert line == "The database role is doorstep_api: this process runs as doorstep_worker."


def test_a_database_that_is_not_migrated_is_said_to_be(
    doorstep: CommandLine, cluster: Cluster, empty_database: str
) -> None:
    line = doorstep.fail("serve", DATABASE_URL=cluster.url("doorstep_api", empty_database))
    assert line.startswith("The schema is empty, not ")
    assert line.endswith("run doorstep migrate.")
    doorstep.fail("agency", "list", DATABASE_URL=cluster.url("doorstep_api", empty_database))


def test_a_port_that_is_taken_is_said(
    doorstep: CommandLine, closed_port: int, database_urls: dict[str, str]
) -> None:
    url = database_urls["doorstep_api"]
    line = doorstep.fail("serve", DATABASE_URL=url, PORT=str(closed_port))
    assert "in use" in line


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "openapi"])
def test_unsafe_settings_stop_every_command(doorstep: CommandLine, command: str) -> None:
    line = doorstep.fail(command, ENVIRONMENT="production")
    assert line == "DOORSTEP_BASE_URL must be https in production"


def test_a_process_of_its_own_also_ends_with_one_line(doorstep: CommandLine) -> None:
    said = doorstep.in_a_process("agency", "list")
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)


def test_a_damaged_encryption_key_is_one_line(doorstep: CommandLine) -> None:
    doorstep.home.mkdir()
    (doorstep.home / "encryption.key").write_text("damaged")
    assert "encryption.key must be" in doorstep.fail("openapi")


def test_a_token_that_cannot_be_had_is_one_line(
    doorstep: CommandLine, closed_port: int, tmp_path: Path
) -> None:
    base_url = f"http://127.0.0.1:{closed_port}"
    client = ["token", "--client-id", "c", "--client-secret", PASSWORD]
    assert doorstep.fail(*client, BASE_URL=base_url) == f"Nothing answers at {base_url}."
    assert doorstep.fail("token") == "Give --demo, or --client-id and --client-secret."
    assert "run `make run` first" in doorstep.fail("token", "--demo", "police")
    person = [*client, "--staff-id", "s"]
    assert doorstep.fail(*person) == "A practitioner's token needs the agency's --key."
    assert doorstep.fail(*person, "--key", str(tmp_path / "none.pem")).startswith("No such file")
    for content in (b"no key", b"", pem_of(rsa.generate_private_key(65537, 2048))):
        (tmp_path / "key.pem").write_bytes(content)
        line = doorstep.fail(*person, "--key", str(tmp_path / "key.pem"))
        assert line == f"{tmp_path / 'key.pem'} holds no EC private key on P-256."
