"""Statements of fixed shape, run by asyncpg itself on the connection of SQLAlchemy.

SQLAlchemy's execution costs three times what asyncpg's does. Hot paths build a statement once,
with bound parameters, and run it here: on the same connection, in the same transaction.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_STATEMENTS = 500
_DIALECT = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg has no types
    """Columns by name, as of SQLAlchemy's rows."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


async def run(
    connection: AsyncConnection, statement: Executable, values: Mapping[str, Any]
) -> list[Any]:
    """The rows. Raises asyncpg's errors, not SQLAlchemy's."""
    sql, names, fixed = _compiled(statement)
    pooled: Any = connection.sync_connection.connection  # type: ignore[union-attr]
    driver = pooled.driver_connection
    if not driver.is_in_transaction():  # SQLAlchemy begins with its own first statement only
        await pooled.dbapi_connection._start_transaction()
    given = [values[name] if name in values else fixed[name] for name in names]
    found: list[Any] = await driver.fetch(sql, *given, record_class=Row)
    return found


@lru_cache(MOST_STATEMENTS)
def _compiled(statement: Executable) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
    """The text for asyncpg, the names of its parameters in order, and the values of those that
    are part of the statement."""
    compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return str(compiled), tuple(compiled.positiontup), dict(compiled.params)
