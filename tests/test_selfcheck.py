"""The process refuses to start over a database in which the second lock does not hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from api.foundation.embedded import Cluster
from api.foundation.migrating import head_revision, migrate
from api.foundation.selfcheck import Unsafe
from api.server import check_database
from tests.conftest import create_database

pytestmark = pytest.mark.anyio

API, WORKER = "doorstep_api", "doorstep_worker"


@asynccontextmanager
async def changed(superuser: Any, change: str, back: str) -> AsyncIterator[None]:
    await superuser.execute(change)
    try:
        yield
    finally:
        await superuser.execute(back)


@pytest.mark.parametrize("role", [API, WORKER])
async def test_each_process_starts_as_its_own_role(
    database_urls: dict[str, str], role: str
) -> None:
    await check_database(database_urls[role], role)
    connection = await asyncpg.connect(database_urls[role])
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == head_revision()
    await connection.close()


@pytest.mark.parametrize("role", ["doorstep_owner", "postgres"])
async def test_an_owner_or_a_superuser_is_refused(database_urls: dict[str, str], role: str) -> None:
    with pytest.raises(Unsafe, match=f"role {role} owns or bypasses what it must not: use {API}"):
        await check_database(database_urls[role], API)


async def test_one_process_does_not_run_as_the_other(database_urls: dict[str, str]) -> None:
    with pytest.raises(Unsafe, match=f"is {WORKER}: this process runs as {API}"):
        await check_database(database_urls[WORKER], API)


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("GRANT doorstep_owner TO doorstep_api", "REVOKE doorstep_owner FROM doorstep_api"),
        ("ALTER ROLE doorstep_api BYPASSRLS", "ALTER ROLE doorstep_api NOBYPASSRLS"),
        ("ALTER ROLE doorstep_api CREATEROLE", "ALTER ROLE doorstep_api NOCREATEROLE"),
        ("ALTER TABLE alerts OWNER TO doorstep_api", "ALTER TABLE alerts OWNER TO doorstep_owner"),
    ],
)
async def test_a_role_that_was_given_more_is_refused(
    database_urls: dict[str, str], superuser: Any, change: str, back: str
) -> None:
    async with changed(superuser, change, back):
        with pytest.raises(Unsafe, match="owns or bypasses"):
            await check_database(database_urls[API], API)
    await check_database(database_urls[API], API)


@pytest.mark.parametrize("table", ["alerts", "families", "inbox", "alert_recipients"])
@pytest.mark.parametrize("without", ["NO FORCE", "DISABLE"])
async def test_a_table_without_forced_policies_is_refused_by_name(
    database_urls: dict[str, str], superuser: Any, table: str, without: str
) -> None:
    change = f"ALTER TABLE {table} {without} ROW LEVEL SECURITY"
    back = change.replace(without, "FORCE" if "NO" in without else "ENABLE")
    async with changed(superuser, change, back):
        with pytest.raises(Unsafe, match=f"not forced on: {table}"):
            await check_database(database_urls[API], API)


async def test_a_schema_of_another_version_is_refused(
    database_urls: dict[str, str], superuser: Any
) -> None:
    head = head_revision()
    async with changed(
        superuser,
        "UPDATE alembic_version SET version_num = '0001'",
        f"UPDATE alembic_version SET version_num = '{head}'",
    ):
        with pytest.raises(Unsafe, match=f"schema is 0001, not {head}: run doorstep migrate"):
            await check_database(database_urls[API], API)


async def test_an_empty_database_is_refused(cluster: Cluster, database_urls: Any) -> None:
    await create_database(cluster, "empty_for_check", "template1")
    with pytest.raises(Unsafe, match="schema is empty"):
        await check_database(cluster.url(API, "empty_for_check"), API)


async def test_a_database_half_migrated_is_refused(cluster: Cluster, database_urls: Any) -> None:
    await create_database(cluster, "half_for_check", "template1")
    await migrate(cluster.url("doorstep_owner", "half_for_check"), "0001")
    with pytest.raises(Unsafe, match="run doorstep migrate"):
        await check_database(cluster.url(API, "half_for_check"), API)
