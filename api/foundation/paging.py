"""Cursor paging: opaque cursors, signed and bound to the caller and the query they came from."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
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
Row = TypeVar("Row")


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


def cut(
    rows: Sequence[Row],
    limit: int,
    cursors: Cursors,
    position: Callable[[Row], Iterable[str | int]],
) -> tuple[list[Row], str | None]:
    """The page, of rows of which one more was asked for, and the cursor of the page that follows.
    `position` is the place of its last row."""
    page = list(rows[:limit])
    return page, cursors.make(*position(page[-1])) if len(rows) > limit else None


def by_id(row: Any) -> Iterable[str]:
    """The position of what is listed in the order of its ids."""
    return (str(row.id),)


def link(
    path: str,
    following: str | None,
    limit: int,
    given: Mapping[str, str | int | list[str] | None] | None = None,
) -> dict[str, str]:
    """The headers of a page: where there is one that follows, its link."""
    if following is None:
        return {}
    return {"Link": next_link(path, {**(given or {}), "cursor": following, "limit": limit})}


def next_link(path: str, parameters: Mapping[str, str | int | list[str] | None]) -> str:
    """The `Link` header of RFC 8288 for the page that follows."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f'<{path}?{urlencode(given, doseq=True)}>; rel="next"'
