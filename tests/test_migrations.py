"""The schema: one line of revisions, there and back, and the same as the models say."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from api.foundation import migrating
from api.foundation.crypto import UNNAMED, Keyring
from api.foundation.database import driver_url
from api.foundation.embedded import Cluster
from api.foundation.migrating import NotMigrated, configuration, head_revision, migrate
from api.tables import metadata
from tests.conftest import create_database
from tests.rotating import NEW, OLD
from tests.test_crypto import unnamed

pytestmark = pytest.mark.anyio

ADD_KEY = """
INSERT INTO signing_keys (kid, public_jwk, sealed_private_key, created_at)
VALUES ('k', '{{}}', '\\x{}', now())
"""
_numbers = itertools.count(1)


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a database with nothing in it."""
    name = f"empty_{next(_numbers)}"
    await create_database(cluster, name, "template1")
    yield name
    connection = await asyncpg.connect(cluster.url("postgres", "postgres"))
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def run(url: str, step: Any) -> Any:
    """A step of alembic over a connection of the owner."""
    engine = create_async_engine(driver_url(url))
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(step)
            await connection.commit()
            return found
    finally:
        await engine.dispose()


async def ask(cluster: Cluster, name: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(cluster.url("postgres", name))
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


EVERYTHING = """
    SELECT 'table', c.oid::regclass::text, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
           c.relacl::text
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S', 'i')
    UNION ALL
    SELECT 'column', attrelid::regclass::text, attname::text, attnotnull, atthasdef,
           format_type(atttypid, atttypmod) || coalesce(attacl::text, '')
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
       AND NOT attisdropped
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text, convalidated, condeferrable,
           pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function', oid::regprocedure::text, provolatile::text, prosecdef, proisstrict,
           prosrc || coalesce(proacl::text, '') || coalesce(proconfig::text, '')
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'policy', tablename::text, policyname::text, true, true,
           concat_ws('|', roles::text, cmd, qual, with_check)
      FROM pg_policies WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname::text, true, true, pg_get_triggerdef(t.oid)
      FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
     WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal
     ORDER BY 1, 2, 3, 6
"""


def test_there_is_one_head_and_one_line_to_it() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert scripts.get_heads() == [head_revision()]
    assert [each.down_revision for each in scripts.walk_revisions()][-1] is None
    assert all(isinstance(each.down_revision, str | None) for each in scripts.walk_revisions())


async def test_there_and_back_and_there_again_is_the_same_schema(
    cluster: Cluster, empty: str
) -> None:
    owner = cluster.url("doorstep_owner", empty)
    await migrate(owner)
    first = await ask(cluster, empty, EVERYTHING)
    assert ("table", "alerts", "r", True, True) in [row[:5] for row in first]

    await run(owner, lambda sync: command.downgrade(configuration(sync), "base"))
    left = {row[1] for row in await ask(cluster, empty, EVERYTHING)}
    assert left <= {"alembic_version", "alembic_version_pkc"}

    await migrate(owner)
    assert await ask(cluster, empty, EVERYTHING) == first


async def test_what_was_encrypted_before_ciphertexts_named_their_key_is_read_as_before(
    cluster: Cluster, empty: str
) -> None:
    owner = cluster.url("doorstep_owner", empty)
    revision = ScriptDirectory.from_config(configuration()).get_revision("0022")
    await migrate(owner, str(revision.down_revision))
    kept, plain = unnamed(OLD, b"private", "signing_keys|k"), b"private"
    before = kept.removeprefix(UNNAMED)
    await ask(cluster, empty, ADD_KEY.format(before.hex()))
    await migrate(owner, "0022")
    [(now,)] = await ask(cluster, empty, "SELECT sealed_private_key FROM signing_keys")
    assert now == kept
    assert Keyring(NEW, OLD).decrypt(now, "signing_keys|k") == plain

    async def back() -> list[Any]:
        down = str(revision.down_revision)
        await run(owner, lambda sync: command.downgrade(configuration(sync), down))
        return await ask(cluster, empty, "SELECT sealed_private_key FROM signing_keys")

    assert await back() == [(before,)]
    await migrate(owner, "0022")
    named = Keyring(OLD).encrypt(plain, "signing_keys|k")
    await ask(cluster, empty, f"UPDATE signing_keys SET sealed_private_key = '\\x{named.hex()}'")
    with pytest.raises(DBAPIError, match="signing_keys has ciphertexts that name their key"):
        await back()


async def test_a_second_migration_changes_nothing(cluster: Cluster, empty: str) -> None:
    owner = cluster.url("doorstep_owner", empty)
    await migrate(owner)
    epoch = await ask(cluster, empty, "SELECT epoch FROM instance")
    await migrate(owner)
    assert await ask(cluster, empty, "SELECT epoch FROM instance") == epoch


async def test_models_and_migrations_agree(database_urls: dict[str, str]) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    assert await run(database_urls["doorstep_owner"], differences) == []

    def check(connection: Connection) -> None:
        command.check(configuration(connection))

    await run(database_urls["doorstep_owner"], check)


async def test_every_constraint_and_index_has_a_name_of_ours(cluster: Cluster, empty: str) -> None:
    await migrate(cluster.url("doorstep_owner", empty))
    names = await ask(
        cluster,
        empty,
        """
        SELECT conname::text FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
        UNION SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
        """,
    )
    prefixes = ("pk_", "fk_", "uq_", "ck_", "ix_", "alembic_version_pkc")
    assert [name for (name,) in names if not name.startswith(prefixes)] == []
    for table in metadata.tables.values():
        assert all(each.name for each in table.constraints), table.name


async def test_a_missing_role_is_one_line_that_says_what_to_run(
    cluster: Cluster, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "APP_ROLES", ("doorstep_api", "doorstep_ghost"))
    with pytest.raises(NotMigrated) as refused:
        await migrate(cluster.url("doorstep_owner", empty))
    message = str(refused.value)
    assert "\n" not in message
    assert "CREATE ROLE doorstep_ghost LOGIN" in message
    assert "doorstep_api" not in message
    assert await ask(cluster, empty, EVERYTHING) == []
