"""The second lock is in place, or the process does not start."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_REVISION = text("SELECT version_num FROM alembic_version")
_ROLE = text(
    """
    SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole AS powerful,
           EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'public' AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
               AS owns
      FROM pg_roles r WHERE r.rolname = current_user
    """
)
_UNSECURED = text(
    """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
       AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                     AND a.attname = 'family_id' AND NOT a.attisdropped)
            OR c.relname = 'families')
    """
)


class Unsafe(Exception):
    """The database is not as it must be; the message is one line that says what is wrong."""


async def check(connection: AsyncConnection, role: str, revision: str) -> None:
    """Raises Unsafe unless this is the unprivileged role, over the schema of this version, with
    row-level security forced on every table that holds family content."""
    found = (await connection.execute(_ROLE)).one()
    if found.powerful or found.owns:
        raise Unsafe(
            f"The database role {found.rolname} owns or bypasses what it must not: use {role}."
        )
    if found.rolname != role:
        raise Unsafe(f"The database role is {found.rolname}: this process runs as {role}.")
    present = await connection.scalar(_REVISION) if await _is_migrated(connection) else None
    if present != revision:
        raise Unsafe(f"The schema is {present or 'empty'}, not {revision}: run doorstep migrate.")
    unsecured = list(await connection.scalars(_UNSECURED))
    if unsecured:
        raise Unsafe(f"Row-level security is not forced on: {', '.join(sorted(unsecured))}.")


async def _is_migrated(connection: AsyncConnection) -> bool:
    version = "has_table_privilege(to_regclass('public.alembic_version'), 'SELECT')"
    return bool(await connection.scalar(text(f"SELECT {version}")))
