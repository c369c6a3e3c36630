"""Webhook receivers on this machine, as plain sockets, so that they can misbehave at will."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.messages import complaints

Behaviour = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What came, and when: header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def type(self) -> str:
        return str(self.json["type"])

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["data"]
        return found

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`behaviour` can be changed at any time; `requests` is everything that came."""

    behaviour: Behaviour
    url: str = ""
    open: int = 0
    most_open: int = 0
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def events(self) -> list[Request]:
        """What came but for challenges."""
        return [each for each in self.requests if each.type != "webhook.verification"]

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.events]

    def forget(self) -> None:
        self.requests.clear()

    async def until(self, condition: Callable[["Receiver"], bool]) -> None:
        """Waits for what is to come; fails when it does not."""
        async with asyncio.timeout(20):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._answer(await read_request(reader), writer)
        except asyncio.CancelledError:
            pass  # the receiver is closed
        finally:
            self._serving.discard(task)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        self.complaints += complaints(request.json, posted=True)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self._changed.set()
        try:
            await self.behaviour(request, writer)
        finally:
            self.open -= 1
            self._changed.set()

    async def close(self) -> None:
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
    pairs = (line.split(":", 1) for line in head[1:])
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0], headers, body)


@asynccontextmanager
async def receiver(
    behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that takes everything and answers challenges, unless it is told otherwise; and
    fails in the end if anything that came was not as it is documented."""
    made = Receiver(behaviour or take)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield made
    finally:
        server.close()
        await made.close()
        await server.wait_closed()
    assert made.complaints == []


def response(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    """Always the same answer; challenges are answered rightly."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if is_challenge(request):
            await take(request, writer)
            return
        writer.write(response(status, body, *headers))

    return behave


async def take(request: Request, writer: asyncio.StreamWriter) -> None:
    body = b"{}"
    if is_challenge(request):
        body = orjson.dumps({"challenge": request.data["challenge"]})
    writer.write(response(200, body))


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    """Takes the request and never answers; challenges are answered."""
    if is_challenge(request):
        await take(request, writer)
        return
    await asyncio.Event().wait()


async def reset(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def is_challenge(request: Request) -> bool:
    return b'"webhook.verification"' in request.body
