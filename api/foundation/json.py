"""JSON out: one spelling for the whole service."""

from typing import Any
from uuid import UUID

import orjson


def to_json(value: Any) -> bytes:
    """Times as RFC 3339, ids as strings. Raises TypeError for what JSON has no word for."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):  # asyncpg's own subclass, which orjson does not know
        return str(value)
    raise TypeError(type(value).__name__)


def plain(value: Any) -> Any:
    """The value as it comes back from JSON: for columns that hold JSON."""
    return orjson.loads(to_json(value))
