"""The files for containers, as far as they can be proved without a Docker engine.

The compose file is read, the roles' script is run against an empty PostgreSQL, and each service's
own command is started over it with the environment that the compose file gives it.
"""

import asyncio
import base64
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import asyncpg
import httpx
import pytest
import yaml

from api.foundation.embedded import ROLES, Cluster, EmbeddedServer
from api.settings import Settings
from tests.service import ROOT, clean_environment, free_port

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
OURS = ("migrate", "api", "worker")
ROLE_SCRIPT = ROOT / "deploy/postgres/10-roles.sh"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
GIVEN = {
    "POSTGRES_PASSWORD": secrets.token_hex(16),
    "DOORSTEP_OWNER_PASSWORD": secrets.token_hex(16),
    "DOORSTEP_API_PASSWORD": secrets.token_hex(16),
    "DOORSTEP_WORKER_PASSWORD": secrets.token_hex(16),
    "DOORSTEP_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    "DOORSTEP_BASE_URL": "https://doorstep.example.org",
}


def substituted(value: object, given: dict[str, str]) -> str:
    """As compose substitutes: `:?` must be given, `:-` has a default."""

    def one(found: "re.Match[str]") -> str:
        name, kind, default = found.groups()
        return given[name] if kind != "-" else given.get(name, default)

    return VARIABLE.sub(one, str(value))


def environment_of(service: str) -> dict[str, str]:
    declared = COMPOSE["services"][service]["environment"]
    return {name: substituted(value, GIVEN) for name, value in declared.items()}


def test_every_variable_of_a_service_is_a_setting() -> None:
    known = {f"DOORSTEP_{name.upper()}" for name in Settings.model_fields}
    for service in OURS:
        assert environment_of(service).keys() <= known
    in_image = re.findall(r"(DOORSTEP_\w+)=", DOCKERFILE)
    assert in_image
    assert set(in_image) <= known


def test_every_secret_must_be_given_and_none_has_a_default() -> None:
    used = VARIABLE.findall(TEXT)
    secret = {each for each in used if re.search("PASSWORD|KEY", each[0])}
    secret.remove(("DOORSTEP_OTHER_ENCRYPTION_KEYS", "-", ""))  # there are none, but for a change
    assert {name for name, _, _ in secret} == {each for each in GIVEN if "BASE_URL" not in each}
    assert {kind for _, kind, _ in secret} == {"?"}
    assert not re.search("PASSWORD|KEY|SECRET", DOCKERFILE)


def test_each_process_gets_the_url_of_its_own_role_alone() -> None:
    urls = {
        service: sorted(name for name in environment_of(service) if name.endswith("DATABASE_URL"))
        for service in OURS
    }
    assert urls == {
        "migrate": ["DOORSTEP_OWNER_DATABASE_URL"],
        "api": ["DOORSTEP_DATABASE_URL"],
        "worker": ["DOORSTEP_WORKER_DATABASE_URL"],
    }


def test_api_and_worker_start_after_the_migration_is_done() -> None:
    for service in ("api", "worker"):
        waits = COMPOSE["services"][service]["depends_on"]
        assert waits == {"migrate": {"condition": "service_completed_successfully"}}
    assert COMPOSE["services"]["migrate"]["depends_on"]["postgres"] == {
        "condition": "service_healthy"
    }


def test_everything_the_image_copies_exists_and_is_not_ignored() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    kept = [line[1:] for line in IGNORED if line.startswith("!")]
    assert "*" in IGNORED
    assert {"api", "migrations", "alembic.ini", "requirements/runtime.txt"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern) for pattern in kept), source
    assert {each for each in kept if each not in copied} == set()


def test_the_image_runs_the_entry_point_as_nobody_special_and_installs_by_hash() -> None:
    assert 'ENTRYPOINT ["doorstep"]' in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE)) == 2
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001"]
    assert re.search(r"^HEALTHCHECK .*(\\\n.*)*/livez", DOCKERFILE, re.MULTILINE)


@pytest.fixture(scope="module")
def cluster_of_script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server without our roles, on which the script of the PostgreSQL image was run twice."""
    server = EmbeddedServer(tmp_path_factory.mktemp("containers") / "postgres", durable=False)
    cluster = server.start()
    try:
        asyncio.run(_remove_roles(cluster))
        for _ in range(2):
            _run_script(cluster, server)
        yield cluster
    finally:
        server.stop()


async def _remove_roles(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url("postgres", "postgres"))
    await connection.execute("DROP DATABASE doorstep")
    for role in ROLES:
        await connection.execute(f"DROP ROLE {role}")
    await connection.close()


def _run_script(cluster: Cluster, server: EmbeddedServer) -> None:
    subprocess.run(
        ["sh", str(ROLE_SCRIPT)],
        env={
            "PATH": f"{server._binaries / 'bin'}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(cluster.port),
            "PGPASSWORD": cluster.passwords["postgres"],
            **GIVEN,
        },
        check=True,
    )


def started(service: str, cluster: Cluster, **changes: str) -> "subprocess.Popen[str]":
    """A service's own command with its own environment; only the addresses are of this machine."""
    environment = environment_of(service) | changes
    here = {
        name: value.replace("@postgres:5432/", f"@127.0.0.1:{cluster.port}/")
        for name, value in environment.items()
    }
    return subprocess.Popen(
        [sys.executable, "-m", "api", *COMPOSE["services"][service]["command"]],
        env=clean_environment() | here,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answered(process: "subprocess.Popen[str]", url: str) -> int:
    """The status of the first answer; fails with what the process said if it ends instead."""
    while process.poll() is None:
        try:
            return httpx.get(url, timeout=2).status_code
        except httpx.TransportError:
            continue
    raise AssertionError(process.communicate()[0])


def test_migration_api_and_worker_start_over_what_the_script_made(
    cluster_of_script: Cluster,
) -> None:
    migration = started("migrate", cluster_of_script)
    said, _ = migration.communicate(timeout=60)
    assert (migration.returncode, said.strip()) == (0, "migrated to head")

    ports = {"api": free_port(), "worker": free_port()}
    changed = {
        "api": {"DOORSTEP_PORT": str(ports["api"])},
        "worker": {"DOORSTEP_WORKER_METRICS_PORT": str(ports["worker"])},
    }
    processes = {each: started(each, cluster_of_script, **changed[each]) for each in ports}
    try:
        api = f"http://127.0.0.1:{ports['api']}"
        assert answered(processes["api"], f"{api}/livez") == 200
        assert httpx.get(f"{api}/readyz").status_code == 200
        metadata = httpx.get(f"{api}/.well-known/oauth-authorization-server").json()
        assert metadata["issuer"] == GIVEN["DOORSTEP_BASE_URL"]
        worker = f"http://127.0.0.1:{ports['worker']}/metrics"
        assert answered(processes["worker"], worker) == 200
    finally:
        for each in processes.values():
            each.terminate()
            each.communicate(timeout=30)
    # uvicorn hands the signal on once it has shut down
    assert processes["api"].returncode in {0, -signal.SIGTERM}
    assert processes["worker"].returncode == 0


def test_a_stranger_to_the_database_is_not_let_in(cluster_of_script: Cluster) -> None:
    async def try_in() -> None:
        connection = await asyncpg.connect(cluster_of_script.url("postgres", "postgres"))
        await connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        await connection.close()
        await asyncpg.connect(
            f"postgresql://stranger:stranger@127.0.0.1:{cluster_of_script.port}/doorstep"
        )

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(try_in())
