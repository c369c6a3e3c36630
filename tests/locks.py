"""Holding requests at a known place: a lock taken from another connection, and who waits for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

PATIENCE_SECONDS = 20

COUNTER = "SELECT FROM inbox_counters WHERE agency_id = $1 FOR UPDATE"
SHARED_COUNTER = "SELECT FROM inbox_counters WHERE agency_id = $1 FOR KEY SHARE"


@asynccontextmanager
async def held(url: str, statement: str, *arguments: Any) -> AsyncIterator[None]:
    """Keeps the locks that a statement takes, in a transaction of its own."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
            yield
    finally:
        await connection.close()


async def waiters(connection: Any, count: int) -> None:
    """Returns once so many transactions of this database wait for a lock."""
    query = """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while await connection.fetchval(query) < count:
        assert time.monotonic() < deadline, f"fewer than {count} transactions wait"
        await asyncio.sleep(0.005)
