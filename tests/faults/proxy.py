"""Stands between the API and its database, and stops the world around a commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

COMMIT = b"COMMIT;"
COMMITTED = b"COMMIT\x00"


class Proxy:
    """Passes everything on. Once armed, the next commit of whoever sends the marker is held:
    `before` the database sees it, or after it, so that its answer is never heard."""

    def __init__(self, port: int) -> None:
        self._database = port
        self._marker: bytes | None = None
        self._before = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.held = asyncio.Event()

    def arm(self, marker: str, *, before: bool) -> None:
        self._marker, self._before = marker.encode(), before
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
            commit_sent = asyncio.Event()
            requests = asyncio.create_task(self._requests(reader, to_database, commit_sent))
            with suppress(OSError):
                await self._answers(from_database, writer, commit_sent)
            requests.cancel()
            await asyncio.gather(requests, return_exceptions=True)
            for each in (writer, to_database):
                each.transport.abort()
                self._writers.discard(each)
        self._serving.discard(task)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: asyncio.Event
    ) -> None:
        marked = False
        while data := await reader.read(65536):
            marked = marked or (self._marker is not None and self._marker in data)
            if marked and COMMIT in data:
                if self._before:
                    self.held.set()
                    return
                sent.set()
            writer.write(data)
            await writer.drain()
        writer.transport.abort()

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if sent.is_set() and COMMITTED in data:
                self.held.set()
                await asyncio.Event().wait()
            writer.write(data)
            await writer.drain()

    async def close(self) -> None:
        self.cut()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


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
