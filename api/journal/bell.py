"""The bell: "there is something new in these inboxes", rung after the commit.

Only a hint, so that nobody waits for a poll: whoever listens looks for itself, and polls all the
same. A NOTIFY inside the publishing transaction would halve the commits per second; here many
commits share one.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import structlog

CHANNEL = "doorstep_inbox"
COALESCE_SECONDS = 0.002
MOST_NAMED = 100
RECONNECT_SECONDS = 1.0

log = structlog.get_logger("bell")


class Bell:
    """Rings for other processes and wakes the waiters of this one. Over a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pending: set[str] = set()
        self._wanted = asyncio.Event()
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._everyone: set[asyncio.Event] = set()

    def ring(self, agencies: Iterable[UUID]) -> None:
        """Never blocks and never fails: the change is committed already."""
        self._pending.update(str(agency) for agency in agencies)
        if self._pending:
            self._wanted.set()

    @asynccontextmanager
    async def waiting(self, agency: UUID | None = None) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the bell rings for the agency, or at all."""
        event = asyncio.Event()
        group = self._everyone if agency is None else self._waiters[str(agency)]
        group.add(event)
        try:
            yield event
        finally:
            group.discard(event)
            if agency is not None and not group:
                self._waiters.pop(str(agency), None)

    def waiters(self, agency: UUID) -> int:
        """How many wait for the agency now."""
        return len(self._waiters.get(str(agency), ()))

    async def run(self) -> None:
        """Keeps a connection, listens and rings, until cancelled."""
        while True:
            try:
                await self._serve()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.warning("bell_connection_lost")
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _serve(self) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._wake_all()
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RECONNECT_SECONDS):
                        await self._wanted.wait()
                self._wanted.clear()
                if connection.is_closed():
                    raise ConnectionResetError
                if self._pending:
                    await self._notify(connection)
                    await asyncio.sleep(COALESCE_SECONDS)  # those to come share the next
        finally:
            connection.terminate()

    async def _notify(self, connection: "asyncpg.Connection[Any]") -> None:
        named, self._pending = self._pending, set()
        payload = ",".join(sorted(named)) if len(named) <= MOST_NAMED else ""
        try:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
        except Exception:  # told once there is a connection again
            self._pending |= named
            self._wanted.set()
            raise

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        if not payload:
            self._wake_all()
            return
        for event in self._everyone:
            event.set()
        for agency in str(payload).split(","):
            for event in self._waiters.get(agency, ()):
                event.set()

    def _wake_all(self) -> None:
        for group in (self._everyone, *self._waiters.values()):
            for event in group:
                event.set()
