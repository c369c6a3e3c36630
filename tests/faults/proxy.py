"""Stands between a process and its database, and stops the world around a statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

COMMIT = b"COMMIT;"
COMMITTED = b"COMMIT\x00"
NOTIFICATION = b"A"

Where = Literal["statement", "before", "after"]


class Proxy:
    """Passes everything on. Once armed, it holds whoever sends the marker or is sent it: at the
    `statement` that names it, `before` the database sees the next commit, or `after` it, so that
    its answer is never heard. `skip` of those pass. Nobody is told anything while it is `deaf`."""

    def __init__(self, port: int) -> None:
        self._database = port
        self._marker: bytes | None = None
        self._where: Where = "before"
        self._skip = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.held = asyncio.Event()
        self.deaf = False
        self.swallowed = 0
        self.notified = 0

    def arm(self, marker: str, where: Where, *, skip: int = 0) -> None:
        self._marker, self._where, self._skip = marker.encode(), where, skip
        self.held.clear()

    def cut(self) -> None:
        """Every connection is lost; new ones pass."""
        self._marker = None
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with suppress(OSError, asyncio.CancelledError):  # the proxy is closed
            from_database, to_database = await asyncio.open_connection("127.0.0.1", self._database)
            self._writers |= {writer, to_database}
            state = _Connection()
            requests = asyncio.create_task(self._requests(reader, to_database, state))
            try:
                with suppress(OSError):
                    await self._answers(from_database, writer, state)
            finally:
                requests.cancel()
                await asyncio.gather(requests, return_exceptions=True)
                for each in (writer, to_database):
                    each.transport.abort()
                    self._writers.discard(each)
        self._serving.discard(task)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, state: "_Connection"
    ) -> None:
        while data := await reader.read(65536):
            self._look(data, state)
            if state.marked and self._where == "statement":
                self.held.set()
                return
            if state.marked and COMMIT in data:
                if self._where == "before":
                    self.held.set()
                    return
                state.committing = True
            writer.write(data)
            await writer.drain()
        writer.transport.abort()

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, state: "_Connection"
    ) -> None:
        while data := await reader.read(65536):
            self._look(data, state)
            if state.committing and COMMITTED in data:
                self.held.set()
                await asyncio.Event().wait()
            writer.write(self._audible(data, state))
            await writer.drain()

    def _look(self, data: bytes, state: "_Connection") -> None:
        if self._marker is None or self._marker not in data:
            return
        if self._skip:
            self._skip -= 1
            return
        state.marked, self._marker = True, None

    def _audible(self, data: bytes, state: "_Connection") -> bytes:
        """Without the notifications in it, while it is deaf."""
        if not state.talks:  # the one byte that refuses TLS is no message
            state.talks = True
            return data
        passed, state.rest = b"", state.rest + data
        while len(state.rest) >= 5:
            length = 1 + int.from_bytes(state.rest[1:5])
            if len(state.rest) < length:
                break
            message, state.rest = state.rest[:length], state.rest[length:]
            if message.startswith(NOTIFICATION):
                self.swallowed += self.deaf
                self.notified += not self.deaf
                if self.deaf:
                    continue
            passed += message
        return passed

    async def close(self) -> None:
        self.cut()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


@dataclass
class _Connection:
    """What has come by so far, and the part of a message whose end has not."""

    marked: bool = False
    committing: bool = False
    talks: bool = False
    rest: bytes = b""


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[tuple[Proxy, int]]:
    """The proxy, and the port it listens on."""
    made = Proxy(port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    try:
        yield made, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await made.close()
