"""How many statements the workers run, by the log of the server: `BEGIN` and `COMMIT` included."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.partnership import Partnership

_STATEMENT = re.compile(rb" LOG:  (statement|execute) ?")


@dataclass
class Statements:
    count: int = 0


@asynccontextmanager
async def counting(partnership: Partnership, superuser: Any) -> AsyncIterator[Statements]:
    """Counts while it is open. Only what the role of the worker says reaches the log."""
    log, found = partnership.home / "postgres" / "postgres.log", Statements()
    before = log.stat().st_size
    await _write(superuser, "all")
    try:
        yield found
    finally:
        await _write(superuser, "none")
    with log.open("rb") as said:
        said.seek(before)
        found.count = len(_STATEMENT.findall(said.read()))


async def _write(superuser: Any, which: str) -> None:
    await superuser.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
    await superuser.execute("SELECT pg_reload_conf()")
