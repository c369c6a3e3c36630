"""Receivers: a server that answers 200 at once and notes when each message came; one that hangs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
PATIENCE_SECONDS = 120


@dataclass
class Receiver:
    """`arrivals`: when a message was complete, and its body."""

    port: int = 0
    arrivals: list[tuple[float, bytes]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def per_second(self) -> float:
        """Between the first message and the last."""
        return (len(self.arrivals) - 1) / (self.arrivals[-1][0] - self.arrivals[0][0])

    async def await_messages(self, count: int) -> None:
        """Raises TimeoutError when they do not come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.arrivals) < count:
                self.news.clear()
                await self.news.wait()


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head = self._read.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._read.lower().find(b"content-length: ", 0, head) + 16
        length = int(self._read[at : self._read.find(b"\r\n", at)])
        body = self._read[head + 4 :]
        if len(body) == length:
            self._receiver.arrivals.append((time.time(), body))
            self._receiver.news.set()
            self._read = b""
            self._transport.write(_ANSWER)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(receiver), "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


class _Hung(asyncio.Protocol):
    """Reads, and never answers."""

    def __init__(self, opened: list[asyncio.BaseTransport]) -> None:
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._opened.append(transport)


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """The address of a server that answers nobody, until it is closed."""
    opened: list[asyncio.BaseTransport] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Hung(opened), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        for each in opened:
            each.close()
