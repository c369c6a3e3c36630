"""What a request left behind in the database."""

import json
from typing import Any

# A refusal may leave an entry that says so, and the worker has yet to seal it.
WHERE = {"audit_entries": "WHERE outcome = 'allowed'", "audit_pending": "WHERE false"}


async def everything_kept(superuser: Any) -> dict[str, str]:
    """A digest of every table."""
    tables = await superuser.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return {name: await _digest(superuser, name) for (name,) in tables}


async def _digest(superuser: Any, table: str) -> str:
    found: str = await superuser.fetchval(
        "SELECT coalesce(md5(string_agg(kept::text, E'\\n' ORDER BY kept::text)), '') "
        f"FROM (SELECT * FROM {table} {WHERE.get(table, '')}) AS kept"
    )
    return found


def raw_json(body: Any) -> bytes:
    """JSON as anybody may write it: with halves of surrogate pairs, escaped."""
    return json.dumps(body).encode("ascii")
