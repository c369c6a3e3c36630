"""A real PostgreSQL for the whole run, a fresh database for each module."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.agencies.oauth import keys as signing
from api.audit import keys as checkpoint_keys
from api.commands.context import embedded_folder
from api.foundation.clock import SystemClock
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from api.foundation.embedded import ROLES, Cluster
from api.foundation.migrating import migrate
from api.settings import Settings
from tests.servers import embedded, temporary_folder
from tests.world import START, World, open_world

TEMPLATE = "doorstep_template"
MASTER_KEY = b"0123456789abcdef0123456789abcdef"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server without fsync: what tests durability starts one of its own."""
    for name in list(os.environ):
        if name.startswith("DOORSTEP_"):
            del os.environ[name]
    with temporary_folder() as folder, embedded(folder / "postgres") as server:
        running = server.start()
        asyncio.run(make_template(running))
        yield running


async def make_template(cluster: Cluster) -> None:
    """A migrated database with a signing key, from which each module's is copied."""
    await create_database(cluster, TEMPLATE, "template1")
    url = cluster.url("doorstep_owner", TEMPLATE)
    await migrate(url)
    database = Database(url, pool_size=1, wait_seconds=5)
    async with database.session() as session:
        await signing.rotate(session, Keyring(MASTER_KEY), START)
        await checkpoint_keys.rotate(session, Keyring(MASTER_KEY), START)
        await session.commit()
    await database.close()


async def create_database(cluster: Cluster, name: str, template: str) -> None:
    connection = await asyncpg.connect(cluster.url("postgres", "postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER doorstep_owner TEMPLATE {template}")
    finally:
        await connection.close()


def fresh_database(cluster: Cluster) -> dict[str, str]:
    """The URLs of a fresh, migrated database, by role; `postgres` is the superuser."""
    name = f"module_{os.getpid()}_{next(_numbers)}"
    asyncio.run(create_database(cluster, name, TEMPLATE))
    return {role: cluster.url(role, name) for role in ("postgres", *ROLES)}


@pytest.fixture(scope="module")
def database_urls(cluster: Cluster) -> dict[str, str]:
    return fresh_database(cluster)


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> AsyncIterator[World]:
    async with open_world(database_urls) as opened:
        yield opened


@pytest.fixture
async def superuser(database_urls: dict[str, str]) -> AsyncIterator[Any]:
    """A connection that sees everything, to check what is really there."""
    connection = await asyncpg.connect(database_urls["postgres"])
    yield connection
    await connection.close()


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Settings of an empty home."""
    settings = Settings(home=tmp_path / "home")
    embedded_folder(settings).parent.mkdir(parents=True, exist_ok=True)
    return settings


@pytest.fixture(scope="session")
def system_clock() -> SystemClock:
    return SystemClock()
