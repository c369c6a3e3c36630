"""Brings a database to a revision of the schema, as its owner."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from api.foundation.database import driver_url

ROOT = Path(__file__).parents[2]
APP_ROLES = ("doorstep_api", "doorstep_worker")


class NotMigrated(Exception):
    """The database cannot be migrated; the message is one line that says what to do."""


def configuration(connection: Connection | None = None) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str, revision: str = "head") -> None:
    """Upgrades to the revision. Raises NotMigrated when a role is missing."""
    engine = create_async_engine(driver_url(url))
    try:
        async with engine.connect() as connection:
            _check_roles(await connection.run_sync(_existing_roles))
            await connection.run_sync(lambda sync: command.upgrade(configuration(sync), revision))
            await connection.commit()
    finally:
        await engine.dispose()


def _existing_roles(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT rolname FROM pg_roles")))


def _check_roles(existing: set[str]) -> None:
    missing = [role for role in APP_ROLES if role not in existing]
    if missing:
        statements = " ".join(f"CREATE ROLE {role} LOGIN PASSWORD '…';" for role in missing)
        raise NotMigrated(f"The database lacks roles. As its administrator run: {statements}")


def head_revision() -> str:
    """The revision of the schema that this version of the code is written for."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())
