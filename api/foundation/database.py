"""Engine, sessions, naming of constraints and the column types that models share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from sqlalchemy import CheckConstraint, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column

from api.foundation.errors import Unavailable
from api.foundation.ids import new_id

CLOSE_SECONDS = 3

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A forgotten transaction or a lock held too long must not stop the feed (milliseconds).
SESSION_LIMITS = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "15000",
    "jit": "off",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


PrimaryKey = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]


def one_of(column: str, values: list[str]) -> CheckConstraint:
    """A check that the column holds one of the values, named after the column."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def driver_url(url: str) -> str:
    """The same server, through asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Database:
    """An engine with a first-come-first-served gate in front of its pool: SQLAlchemy's own pool
    lets some waiters starve when there are more of them than connections."""

    def __init__(self, url: str, *, pool_size: int, wait_seconds: float) -> None:
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_use_lifo=True,  # the connection used last has its statements prepared
            hide_parameters=True,
            json_deserializer=orjson.loads,
            connect_args={
                "server_settings": SESSION_LIMITS,
                "timeout": wait_seconds,
                "max_cacheable_statement_size": 0,  # no limit: the longest cost most to plan
            },
        )
        self._gate = asyncio.Semaphore(pool_size)
        self._wait_seconds = wait_seconds

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session with a connection kept for it. Raises Unavailable when none frees in time."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._gate.acquire()
        except TimeoutError:
            raise Unavailable("All database connections are busy.") from None
        try:
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                yield session
        finally:
            self._gate.release()

    async def close(self) -> None:
        """Gives a server that does not answer no more than a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.engine.dispose()
