"""The floor: what the recorded SQL costs by raw asyncpg and orjson in a bare ASGI app.

Each request is one transaction with the statements of the service, in their order, about the
family that the request names. No token, no permission, no validation, no headers.
"""

import pickle
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from api.foundation.database import SESSION_LIMITS
from api.foundation.ids import new_id
from api.server import listen, uvicorn_options
from api.settings import Settings
from bench.capture import Recording
from bench.cases import CAPTURED_POSITION, LOOKED_UP
from bench.data import BenchAgency

_UUID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_MADE = "019a0000-"
_ROUTES = (
    ("POST", re.compile(r"/alerts$"), "publish"),
    ("POST", re.compile(r"/incidents$"), "incident"),
    ("POST", re.compile(r"/finalise$"), "finalise"),
    ("GET", re.compile(r"/v1/alerts/"), "read"),
    ("GET", re.compile(r"/alerts$"), "list"),
    ("GET", re.compile(r"/banner$"), "banner"),
    ("POST", re.compile(r"/banners/lookup$"), "lookup"),
    ("GET", re.compile(r"/engagement$"), "picture"),
    ("GET", re.compile(r"/events$"), "feed"),
)


@dataclass
class Place:
    """What one request puts in the place of what was recorded."""

    number: int
    key: str
    position: int
    local_ids: list[str] = field(default_factory=list)
    fresh: dict[str, str] = field(default_factory=dict)

    def new(self, recorded: str) -> str:
        if recorded not in self.fresh:
            self.fresh[recorded] = str(new_id())
        return self.fresh[recorded]


Slot = Callable[[Place], Any]


class Replay:
    """The statements of one case, with places for what differs from request to request."""

    def __init__(self, recording: Recording, agencies: list[BenchAgency]) -> None:
        self._recording = recording
        self._rings = [
            [str(agency.id) for agency in agencies],
            [str(agency.client_id) for agency in agencies],
            [str(agency.chair_id) for agency in agencies],
        ]
        self.statements = [
            (sql, [self._slot(value) for value in values]) for sql, values in recording.statements
        ]

    def _slot(self, value: Any) -> Slot:
        if self._recording.name == "feed" and value == CAPTURED_POSITION:
            return lambda place: place.position
        if isinstance(value, str):
            parts = [self._part(part) for part in self._pieces(value)]
            return lambda place: "".join([part(place) for part in parts])
        if isinstance(value, list) and len(value) == LOOKED_UP:
            return (lambda place: place.local_ids) if value[0] else (lambda _place: value)
        if isinstance(value, list):
            slots = [self._slot(each) for each in value]
            return lambda place: [slot(place) for slot in slots]
        if isinstance(value, UUID) or type(value).__name__ == "UUID":
            part = self._part(str(value))
            return lambda place: UUID(part(place))
        return lambda _place: value

    def _pieces(self, text: str) -> list[str]:
        """Ids, and what stands between them. The audit of a lookup names thousands of rows: they
        stay as they were recorded, or the floor would do nothing but replace them."""
        found: list[str] = []
        for each in _UUID.split(text):
            stays = not _UUID.fullmatch(each) or (
                self._recording.name == "lookup" and each.startswith(_MADE)
            )
            if stays and found and not _UUID.fullmatch(found[-1]):
                found[-1] += each
            else:
                found.append(each)
        return found

    def _part(self, text: str) -> Callable[[Place], str]:
        """How a piece of text is told again: ids of rows, agencies and requests change."""
        first = self._recording.number
        if not _UUID.fullmatch(text):
            return lambda _place: text
        if text.startswith(_MADE):
            head, tail = text[:24], int(text[24:], 16) - first
            return lambda place: f"{head}{tail + place.number:012x}"
        for ring in self._rings:
            if text in ring:
                shift = ring.index(text) - first
                return lambda place: ring[(shift + place.number) % len(ring)]
        if text == self._recording.key:
            return lambda place: place.key
        return lambda place: place.new(text)


class Floor:
    """The ASGI app."""

    def __init__(self, url: str, recordings: Path, pool_size: int) -> None:
        agencies, found = pickle.loads(recordings.read_bytes())
        self._cases = {each.name: Replay(each, agencies) for each in found}
        self._url = url
        self._pool_size = pool_size

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = orjson.loads(body) if body else {}
        answer = await self._answer(scope, given)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Any, body: Any) -> bytes:
        method, path = scope["method"], scope["path"]
        name = next(n for m, route, n in _ROUTES if m == method and route.search(path))
        headers = dict(scope["headers"])
        key = headers.get(b"idempotency-key", b"").decode()
        asked = re.match(rb"position=(\d+)", scope["query_string"])
        number = int(headers[b"x-number"])
        local_ids = [each["local_id"] for each in body.get("entries", ())]
        place = Place(number, key, int(asked.group(1)) if asked else 0, local_ids)
        found = []
        async with self._pool.acquire() as connection, connection.transaction():
            for sql, slots in self._cases[name].statements:
                found.append(await connection.fetch(sql, *[slot(place) for slot in slots]))
        rows = [dict(row.items()) for each in found[1:] for row in each]
        return orjson.dumps(rows, default=str)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=self._pool_size,
            max_size=self._pool_size,
            init=_json_as_it_comes,
            reset=_nothing,
            server_settings=SESSION_LIMITS,
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _json_as_it_comes(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=str, decoder=orjson.Fragment
    )


async def _nothing(_connection: Any) -> None:
    """The pool's own reset would be one more statement."""


def main() -> None:
    url, recordings, port = sys.argv[1:]
    settings = Settings(port=int(port))
    app = Floor(url, Path(recordings), settings.pool_size)
    config = uvicorn.Config(app, **uvicorn_options(settings))
    uvicorn.Server(config).run(sockets=[listen(settings.host, settings.port)])


if __name__ == "__main__":
    main()
