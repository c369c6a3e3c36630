"""The client: keep-alive connections that send the next request when the answer is complete."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_LENGTH = b"content-length: "


@dataclass
class Load:
    """What came of one round."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: dict[bytes, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    """One connection. Answers are counted by their status line and Content-Length only."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float) -> None:
        self._requests = requests
        self._load = load
        self._until = until
        self._read = b""
        self._sent_at = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        if self._sent_at >= self._until:
            self._transport.close()
            return
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._read += data
        head = self._read.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._read.lower().find(_LENGTH, 0, head) + len(_LENGTH)
        length = int(self._read[at : self._read.find(b"\r\n", at)])
        if len(self._read) < head + 4 + length:
            return
        status, self._read = self._read[9:12], b""
        if status[:1] == b"2":
            self._load.latencies.append(time.perf_counter() - self._sent_at)
        else:
            self._load.refused[status] = self._load.refused.get(status, 0) + 1
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def measure(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float
) -> Load:
    """Sends for so long. Raises RuntimeError for an answer that is neither success nor 503."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    load = Load(seconds)
    opened = [
        await loop.create_connection(
            lambda: _Connection(requests, load, started + seconds), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.ended for _, connection in opened))
    load.seconds = time.perf_counter() - started
    if load.refused.keys() - {b"503"} or not load.latencies:
        raise RuntimeError(f"answers other than 2xx: {load.refused}")
    return load
