"""Cursor paging: opaque cursors, signed and bound to the caller and the query they came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Query

from api.foundation.crypto import Keyring
from api.foundation.errors import InvalidCursor

MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="At most so many items.")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, max_length=500, description="`next` of the page before, as it came."),
]


@dataclass(frozen=True)
class Cursors:
    """Makes and reads the cursors of one caller for one query."""

    keyring: Keyring
    agency_id: UUID
    query: str

    def _binding(self) -> str:
        return hashlib.sha256(f"{self.agency_id}|{self.query}".encode()).hexdigest()[:16]

    def make(self, *position: str | int) -> str:
        return self.keyring.sign(orjson.dumps([self._binding(), *position]), "cursor")

    def read(self, cursor: str) -> list[str | int]:
        """The position inside. Raises InvalidCursor for another caller, query or service."""
        payload = self.keyring.verify(cursor, "cursor")
        found: list[str | int] = orjson.loads(payload) if payload else [""]
        if found[0] != self._binding():
            raise InvalidCursor
        return found[1:]


def next_link(path: str, parameters: Mapping[str, str | int | list[str] | None]) -> str:
    """The `Link` header of RFC 8288 for the page that follows."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f'<{path}?{urlencode(given, doseq=True)}>; rel="next"'
