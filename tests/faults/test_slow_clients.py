"""Who sends a request too slowly is cut off, and keeps nobody else waiting."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from api import server
from api.foundation import body
from api.server import listen
from tests.world import World

pytestmark = pytest.mark.anyio

SECONDS = 0.3
PATIENCE = 20


@pytest.fixture
async def port(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The application under the server that `doorstep serve` runs, with little patience."""
    monkeypatch.setattr(server, "HEADER_SECONDS", SECONDS)
    monkeypatch.setattr(body, "BODY_SECONDS", SECONDS)
    listening = listen("127.0.0.1", 0)
    options = server.uvicorn_options(world.runtime.settings) | {"lifespan": "off"}
    serving = uvicorn.Server(uvicorn.Config(world.app, **options))
    serving.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    yield int(listening.getsockname()[1])
    serving.should_exit = True
    await task


class Client:
    """A connection on which bytes are sent as slowly as a test likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def drip(self, piece: bytes) -> None:
        """Sends the same again and again, until the server has had enough."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while not self.reader.at_eof():
                    self.writer.write(piece)
                    await self.writer.drain()
                    await asyncio.sleep(SECONDS / 10)

    async def rest(self) -> bytes:
        """What the server said before it closed the connection."""
        said = b""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while piece := await self.reader.read(65536):
                    said += piece
        return said

    async def answer(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return head + await self.reader.readexactly(length)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def is_alive(port: int) -> bool:
    async with connected(port) as client:
        client.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return (await client.rest()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET /livez HTTP/1.1\r\n", b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "],
)
async def test_headers_that_do_not_end_are_cut_off(port: int, sent: bytes) -> None:
    async with connected(port) as client:
        client.writer.write(sent)
        assert await client.rest() == b""
    assert await is_alive(port)


async def test_headers_that_drip_in_are_cut_off_all_the_same(port: int) -> None:
    async with connected(port) as client:
        client.writer.write(b"GET /livez HTTP/1.1\r\n")
        dripping = asyncio.create_task(client.drip(b"X-Slow: 1\r\n"))
        assert await client.rest() == b""
        await dripping
    assert await is_alive(port)


async def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(
    port: int,
) -> None:
    async with connected(port) as client:
        client.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.answer()).startswith(b"HTTP/1.1 200")
        client.writer.write(b"GET /livez HTTP/1.1\r\nHos")
        assert await client.rest() == b""


@pytest.mark.parametrize("piece", [b"", b" "])
async def test_a_body_that_does_not_end_is_refused(port: int, piece: bytes) -> None:
    head = b"POST /v1/families HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    async with connected(port) as client:
        client.writer.write(head + b"Content-Length: 100000\r\n\r\n{")
        dripping: asyncio.Task[Any] | None = None
        if piece:
            dripping = asyncio.create_task(client.drip(piece))
        said = await client.answer()
        assert said.startswith(b"HTTP/1.1 400")
        assert b"did not arrive in time" in said
        if dripping is not None:
            dripping.cancel()
    assert await is_alive(port)


async def test_who_was_refused_in_the_middle_of_a_body_cannot_keep_the_connection(
    port: int,
) -> None:
    head = b"POST /v1/families HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    async with connected(port) as client:
        client.writer.write(head + b"Content-Length: 100000\r\n\r\n{")
        await client.answer()
        await client.drip(b" ")
        assert client.reader.at_eof()
