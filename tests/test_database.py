"""The gate before the pool: first come, first served, and a clear no when nothing frees."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.foundation.database import SESSION_LIMITS, Database, driver_url
from api.foundation.errors import Unavailable
from tests.locks import held
from tests.world import World, open_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(database_urls: dict[str, str]) -> AsyncIterator[Database]:
    made = Database(database_urls["doorstep_api"], pool_size=1, wait_seconds=5)
    yield made
    await made.close()


async def test_waiters_are_served_in_the_order_they_came(database: Database) -> None:
    served: list[int] = []

    async def wait(number: int) -> None:
        async with database.session() as session:
            await session.execute(text("SELECT 1"))
            served.append(number)

    async with database.session() as session:
        await session.execute(text("SELECT 1"))
        waiting = []
        for number in range(20):
            waiting.append(asyncio.create_task(wait(number)))
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert served == list(range(20))


async def test_who_waits_too_long_is_told_to_try_again(database_urls: dict[str, str]) -> None:
    database = Database(database_urls["doorstep_api"], pool_size=1, wait_seconds=0.05)
    async with database.session():
        with pytest.raises(Unavailable):
            async with database.session():
                raise AssertionError("there was no connection to give")
    async with database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await database.close()


async def test_a_failed_or_cancelled_session_gives_its_place_back(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as session:
            await session.execute(text("SELECT 1 / 0"))

    for _ in range(3):
        with pytest.raises(DBAPIError):
            await fail()

    async def stay() -> None:
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(30)"))

    for _ in range(3):
        staying = asyncio.create_task(stay())
        await asyncio.sleep(0.01)
        staying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await staying
    async with database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_busy_service_answers_503_within_its_wait(
    database_urls: dict[str, str], superuser: Any
) -> None:
    async with open_world(database_urls, pool_size=1, pool_wait_seconds=0.2) as world:
        await world.health_visiting_system.token()
        async with held(world.urls["postgres"], "LOCK TABLE families IN ACCESS EXCLUSIVE MODE"):
            slow, refused = await asyncio.gather(
                world.health_visiting_system.get("/v1/families"),
                second_request(world),
            )
        assert (slow.status_code, refused.status_code) == (503, 503)
        assert refused.json()["code"] == "unavailable"
        assert int(refused.headers["Retry-After"]) > 0
        assert (await world.health_visiting_system.get("/v1/families")).status_code == 200


async def second_request(world: World) -> Any:
    await asyncio.sleep(0.01)
    return await world.health_visiting_system.get("/v1/families")


async def test_every_session_bounds_statements_locks_and_idle_transactions(
    database: Database,
) -> None:
    async with database.session() as session:
        for name, value in SESSION_LIMITS.items():
            query = text("SELECT setting FROM pg_settings WHERE name = :name")
            assert await session.scalar(query, {"name": name}) == value
        assert await session.scalar(text("SHOW synchronous_commit")) == "on"


async def test_an_error_of_the_database_does_not_quote_what_was_sent(database: Database) -> None:
    with pytest.raises(Exception, match="parameters hidden") as raised:
        async with database.session() as session:
            await session.execute(text("SELECT 1 / CAST(:n AS integer), :s"), {"n": 0, "s": "Maya"})
    assert "Maya" not in str(raised.value)


def test_the_driver_is_asyncpg_and_the_address_is_kept() -> None:
    url = driver_url("postgresql://role:p%40ss@db.example:6432/doorstep?sslmode=require")
    assert url == "postgresql+asyncpg://role:p%40ss@db.example:6432/doorstep?sslmode=require"
