"""Time is injected, so that every deadline is tested without sleeping."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import text

from api.foundation.database import Database


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved. For tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def move_to(self, moment: datetime) -> None:
        self._now = moment


class DatabaseClock:
    """The database's clock, read from time to time and counted on from there: so all workers agree
    on when a lease ends, and a step of the clock of one of them changes nothing."""

    def __init__(self) -> None:
        self._moment, self._counted = datetime.now(UTC), time.monotonic()

    async def read(self, database: Database) -> None:
        async with database.session() as session:
            moment = await session.scalar(text("SELECT clock_timestamp()"))
        self._moment, self._counted = moment, time.monotonic()

    def now(self) -> datetime:
        return self._moment + timedelta(seconds=time.monotonic() - self._counted)
