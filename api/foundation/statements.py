"""Statements of fixed shape, run by asyncpg itself on the connection of SQLAlchemy.

SQLAlchemy's execution costs three times what asyncpg's does. Hot paths build a statement once,
with bound parameters, and run it here: on the same connection, in the same transaction.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

import asyncpg
from sqlalchemy import Executable, Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from api.foundation.errors import Unavailable

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
    """The rows. Raises asyncpg's errors, not SQLAlchemy's; Unavailable for a lost connection."""
    sql, names, fixed, row = _compiled(statement)
    given = [values[name] if name in values else fixed[name] for name in names]
    pooled: Any = connection.sync_connection.connection  # type: ignore[union-attr]
    driver = pooled.driver_connection
    try:
        if not driver.is_in_transaction():  # SQLAlchemy begins with its own first statement only
            await pooled.dbapi_connection._start_transaction()
        found: list[Any] = await driver.fetch(sql, *given, record_class=row)
    except asyncio.CancelledError:
        await connection.invalidate()  # in the middle of it all, with whatever it has locked
        raise
    except Exception:
        if not driver.is_closed():
            raise
        await connection.invalidate()  # or the pool would give it to the next request
        raise Unavailable from None
    return found


@lru_cache(MOST_STATEMENTS)
def _compiled(
    statement: Executable,
) -> tuple[str, tuple[str, ...], Mapping[str, Any], type[Row]]:
    """The text for asyncpg, the names of its parameters in order, the values of those that are
    part of the statement, and the class of its rows."""
    compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    names = statement.selected_columns.keys() if isinstance(statement, Select) else []
    columns = {name: property(itemgetter(index)) for index, name in enumerate(names)}
    row = type("Row", (Row,), columns)
    return str(compiled), tuple(compiled.positiontup), dict(compiled.params), row
