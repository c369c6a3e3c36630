"""A durable database, an API and a worker as real processes, which a test may kill and restart."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from api.cli import prepare_database
from api.foundation.clock import SystemClock
from api.foundation.embedded import ROLES, Cluster, EmbeddedServer
from api.main import create_app
from api.settings import Settings
from tests.servers import remove_server, temporary_folder
from tests.service import clean_environment, free_port
from tests.world import BASE_URL, World, a_family, an_alert, join, register

PATIENCE_SECONDS = 120
WORKERS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'doorstep_worker'"
ENCRYPTION_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Process:
    """`python -m api serve` or `worker`, with what it said kept for a failing test."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        self._arguments = [sys.executable, "-m", "api", command]
        self.environment = dict(environment)
        self.log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._arguments, env=self.environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """As a crash or the kernel would: no handler runs."""
        assert self._running is not None
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        if self._running is None or self._running.poll() is not None:
            return
        self._running.terminate()
        try:
            self._running.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def said(self) -> str:
        return self.log.read_text()[-2000:]


@dataclass
class Service:
    """Everything an operator runs, and the partnership that uses it."""

    server: EmbeddedServer
    cluster: Cluster
    api: Process
    worker: Process
    world: World
    families: list[dict[str, Any]] = field(default_factory=list)

    async def restart_api(self) -> None:
        self.api.start()
        await self.ready()

    async def ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if (await self.world.http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
        raise AssertionError(f"the API did not start: {self.api.said()}")

    def restart_database(self) -> None:
        """Comes back where it was, and recovers from its log."""
        assert self.server.start(port=self.cluster.port) == self.cluster

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.cluster.url("postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    async def end_leases(self) -> None:
        """As if 30 seconds had passed for whoever claimed deliveries before it was killed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with self.superuser() as connection:
            while await connection.fetchval(WORKERS):  # what it last sent may yet commit
                assert time.monotonic() < deadline, "the killed worker is still connected"
                await asyncio.sleep(0.01)
            await connection.execute(
                "UPDATE deliveries SET lease_until = now() WHERE status = 'sending'"
            )


@asynccontextmanager
async def running_service(**environment: str) -> AsyncIterator[Service]:
    """Health visiting, police and school share two families; probation is involved in none."""
    with temporary_folder() as folder:
        server = EmbeddedServer(folder / "postgres", durable=True)
        try:
            async with _over(server, folder, environment) as service:
                yield service
        finally:
            server.stop()
            remove_server(folder / "postgres")


@asynccontextmanager
async def _over(
    server: EmbeddedServer, folder: Path, given: Mapping[str, str]
) -> AsyncIterator[Service]:
    cluster, port = server.start(), free_port()
    environment = clean_environment() | {
        "DOORSTEP_DATABASE_URL": cluster.url("doorstep_api"),
        "DOORSTEP_WORKER_DATABASE_URL": cluster.url("doorstep_worker"),
        "DOORSTEP_BASE_URL": BASE_URL,
        "DOORSTEP_PORT": str(port),
        "DOORSTEP_HOME": str(folder / "home"),
        "DOORSTEP_ENCRYPTION_KEY": ENCRYPTION_KEY,
        "DOORSTEP_ALLOW_LOOPBACK_WEBHOOKS": "true",
        "DOORSTEP_PUBLISHES_PER_MINUTE": "100000",
        "DOORSTEP_LOG_LEVEL": "warning",
        **given,
    }
    settings = Settings(base_url=BASE_URL, encryption_key=ENCRYPTION_KEY, pool_size=2)
    await prepare_database(settings, cluster.url("doorstep_owner"))
    app = create_app(settings, cluster.url("doorstep_api"))
    api = Process("serve", environment, folder / "api.log")
    worker = Process("worker", environment, folder / "worker.log")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
        urls = {role: cluster.url(role) for role in ("postgres", *ROLES)}
        world = World(app, SystemClock(), http, urls, app.state.runtime)
        service = Service(server, cluster, api, worker, world)
        try:
            await service.restart_api()
            await _add_partnership(service)
            yield service
        finally:
            await app.state.runtime.database.close()
            worker.stop()
            api.stop()


async def _add_partnership(service: Service) -> None:
    world = service.world
    for kind in ("health_visiting", "police", "school", "probation"):
        await world.add_agency(kind, {})
    for others in (("police",), ("police", "school")):
        family = await register(world, a_family())
        for other in others:
            joined = await join(world, family, world.people[f"{other}_system"])
            assert joined.status_code == 201, joined.text
        service.families.append(family)


def body_for(family: dict[str, Any]) -> dict[str, Any]:
    """An alert that is valid today, whenever that is."""
    today = SystemClock().now().date()
    return an_alert(
        family,
        author={"name": "A Colleague", "job_title": "practitioner"},
        review_due=str(today + timedelta(days=60)),
        expires_on=str(today + timedelta(days=120)),
    )


def seed() -> int:
    """Of one round; printed, so that a failing one can be repeated with DOORSTEP_TEST_SEED."""
    given = os.environ.get("DOORSTEP_TEST_SEED")
    chosen = int(given) if given else int.from_bytes(os.urandom(4), "big")
    print(f"DOORSTEP_TEST_SEED={chosen}")
    return chosen
