"""`doorstep serve`: uvicorn with a deadline for request headers, which it lacks itself."""

import asyncio
import gc
import socket
from typing import Any

import uvicorn
from sqlalchemy.ext.asyncio import create_async_engine
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.foundation import logs, migrating, selfcheck
from api.foundation.crypto import Undecipherable
from api.foundation.database import driver_url
from api.main import build_runtime, create_app
from api.settings import Settings, warn_of_unknown_variables

HEADER_SECONDS = 10
MAX_HEADER_BYTES = 32 * 1024
GRACE_SECONDS = 5
BACKLOG = 2048


class ImpatientProtocol(HttpToolsProtocol):
    """Closes a connection that does not finish its headers in time, or in 32 KiB."""

    _impatience: asyncio.TimerHandle | None = None
    _unfinished = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._impatience is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_headers()  # stray bytes between requests have stopped the other clock
        if self._impatience is not None:
            self._unfinished += len(data)
        if self._unfinished > MAX_HEADER_BYTES:
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._impatience is None:
            self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        self._impatience = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        self._unfinished = 0
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None


class CannotStart(Exception):
    """The service cannot start here; the message is one line that says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Raises CannotStart when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"Cannot listen on {host}:{port}: {error.strerror}. Stop what does, "
            "or set DOORSTEP_PORT."
        ) from None
    listening.listen(BACKLOG)
    return listening


async def check_database(url: str, role: str) -> None:
    """Raises selfcheck.Unsafe, or CannotStart when nothing answers there."""
    engine = create_async_engine(driver_url(url), connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            await selfcheck.check(connection, role, migrating.head_revision())
    except OSError:
        place = f"{engine.url.host}:{engine.url.port}"
        raise CannotStart(f"No database answers at {place}.") from None
    finally:
        await engine.dispose()


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    return {
        "http": ImpatientProtocol,
        "loop": "uvloop",
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": settings.trusted_proxies,
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


async def check_keys(settings: Settings, database_url: str) -> None:
    """Raises CannotStart when no token could be signed."""
    runtime, keys = build_runtime(settings, database_url)
    try:
        await keys.check()
    except Undecipherable:
        raise CannotStart(
            "The signing keys cannot be read: DOORSTEP_ENCRYPTION_KEY is not the one they were "
            "encrypted with, and DOORSTEP_OTHER_ENCRYPTION_KEYS does not name it."
        ) from None
    finally:
        await runtime.database.close()


def serve(settings: Settings, database_url: str) -> None:
    """Until it is told to stop. Refuses to start over a database that is not safe."""
    logs.configure(settings.log_level)
    warn_of_unknown_variables()
    listening = listen(settings.host, settings.port)
    asyncio.run(check_database(database_url, "doorstep_api"))
    asyncio.run(check_keys(settings, database_url))
    config = uvicorn.Config(create_app(settings, database_url), **uvicorn_options(settings))
    keep_what_is_there()
    uvicorn.Server(config).run(sockets=[listening])


def keep_what_is_there() -> None:
    """What is there when a process begins its work stays, and no collection looks at it again."""
    gc.collect()
    gc.freeze()
