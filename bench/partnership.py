"""A partnership on a durable server of its own, and the processes that serve it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from api.access import tokens
from api.agencies import service
from api.agencies.oauth import keys
from api.agencies.schemas import CreateAgency, CreateClient, NewPractitioner, RegisterKey
from api.audit import keys as checkpoint_keys
from api.commands.agencies import new_private_key
from api.foundation.clock import SystemClock
from api.foundation.embedded import ROLES, EmbeddedServer, die_with_parent
from api.foundation.migrating import migrate
from api.journal.unit_of_work import UnitOfWork
from api.main import build_runtime
from api.settings import Settings
from bench.capture import ask_token
from bench.data import AGENCIES, BenchAgency
from bench.meetings import STAFF_ID

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
NO_QUOTA = 1_000_000_000


@dataclass
class Partnership:
    home: Path
    settings: Settings
    urls: dict[str, str]
    agencies: list[BenchAgency]
    epoch: UUID

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the service needs."""
        return clean_environment() | {
            "DOORSTEP_HOME": str(self.home),
            "DOORSTEP_PORT": str(self.settings.port),
            "DOORSTEP_DATABASE_URL": self.urls["doorstep_api"],
            "DOORSTEP_WORKER_DATABASE_URL": self.urls["doorstep_worker"],
            "DOORSTEP_REQUESTS_PER_MINUTE": str(NO_QUOTA),
            "DOORSTEP_PUBLISHES_PER_MINUTE": str(NO_QUOTA),
            "DOORSTEP_ALLOW_LOOPBACK_WEBHOOKS": "true",
        }

    async def superuser(self) -> Any:
        return await asyncpg.connect(self.urls["postgres"])

    async def tokens(self, *, of_chairs: bool = False) -> list[str]:
        """Of each agency's system, or of its chair in person."""
        async with httpx.AsyncClient(base_url=self.settings.base_url) as http:
            return [await ask_token(http, agency, in_person=of_chairs) for agency in self.agencies]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_partnership(home: Path) -> Iterator[Partnership]:
    """A migrated database with agencies and no families. It notes when each commit happened."""
    server = EmbeddedServer(home / "postgres")
    superuser = server.start().url("postgres")
    try:
        asyncio.run(_tell_more(superuser))
        server.stop()
        cluster = server.start()
        urls = {role: cluster.url(role) for role in ("postgres", *ROLES)}
        settings = Settings(
            home=home,
            port=free_port(),
            requests_per_minute=NO_QUOTA,
            publishes_per_minute=NO_QUOTA,
            allow_loopback_webhooks=True,
        )
        agencies, epoch = asyncio.run(_prepare(settings, urls))
        yield Partnership(home, settings, urls, agencies, epoch)
    finally:
        server.stop()


async def _tell_more(url: str) -> None:
    """When each commit happened; and what the worker runs, where that is asked for."""
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await connection.execute("ALTER ROLE doorstep_worker SET log_min_messages = 'log'")
    await connection.close()


async def _prepare(settings: Settings, urls: dict[str, str]) -> tuple[list[BenchAgency], UUID]:
    await migrate(urls["doorstep_owner"])
    owner, _ = build_runtime(settings, urls["doorstep_owner"])
    async with owner.database.session() as session:
        await keys.rotate(session, owner.keyring, SystemClock().now())
        await checkpoint_keys.rotate(session, owner.keyring, SystemClock().now())
        await session.commit()
    await owner.database.close()
    runtime, _ = build_runtime(settings, urls["doorstep_api"])
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        agencies = [await _make_agency(work, number) for number in range(AGENCIES)]
        await work.commit()
    await runtime.database.close()
    connection = await asyncpg.connect(urls["postgres"])
    epoch = await connection.fetchval("SELECT epoch FROM instance")
    await connection.close()
    return agencies, epoch


async def _make_agency(work: UnitOfWork, number: int) -> BenchAgency:
    body = CreateAgency.model_validate({"kind": "police", "name": f"Agency {number}"})
    agency, _, _ = await service.create_agency(work, body)
    agency.status = "active"
    agency.emergency_contact = {"name": "Duty desk", "telephone": "01472 555 0101"}
    client, secret = await service.create_client(
        work, agency.id, CreateClient.model_validate({"name": "Case system"})
    )
    kid, pem = "assertions-1", new_private_key()
    key = {"kid": kid, "algorithm": "ES256", "public_jwk": dict(tokens.public_key_of(kid, pem).jwk)}
    await service.register_key(work, agency.id, RegisterKey.model_validate(key))
    chair = {
        "staff_id": STAFF_ID, "name": "A Chair", "job_title": "head of service",
        "roles": ["chair"],
    }  # fmt: skip
    made = await service.create_practitioner(work, agency, NewPractitioner.model_validate(chair))
    return BenchAgency(agency.id, client.id, str(secret), made.id, kid, pem)


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """A Python process beside this one, which ends with it. Its log is in a file."""
    with log.open("ab") as said:
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=said,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            yield
        finally:
            child.terminate()
            child.wait(timeout=30)


def await_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")
