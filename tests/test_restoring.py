"""Backup and restore as docs/operating.md says: nothing is missed, and older cursors say so."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from api.foundation.embedded import Cluster, _wheel_binaries
from api.main import create_app
from tests.service import ROOT, clean_environment
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

RESTORED = f"restored_{os.getpid()}"
TOOLS = _wheel_binaries() / "bin"


def ran(*command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def doorstep(*arguments: str, url: str) -> str:
    """What an operator's command prints over the restored database."""
    done = ran(sys.executable, "-m", "api", *arguments, DOORSTEP_OWNER_DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
async def before(world: World) -> dict[str, Any]:
    """What the police had read when the backup was made."""
    family = await shared_family(world)
    await publish(world, family)
    page = await world.police_system.get("/v1/events")
    return page.json()


@pytest.fixture(scope="module")
async def restored(
    world: World, before: dict[str, Any], cluster: Cluster, tmp_path_factory: Any
) -> AsyncIterator[World]:
    """The same service over what a logical backup brought back."""
    dump = tmp_path_factory.mktemp("backup") / "doorstep.dump"
    await asyncio.to_thread(back_up_and_restore, world.urls["doorstep_owner"], cluster, dump)
    url = cluster.url("doorstep_api", RESTORED)
    app = create_app(world.runtime.settings, url, clock=world.clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://doorstep.test") as client,
    ):
        kept, world.http = world.http, client
        yield world
        world.http = kept


def back_up_and_restore(source: str, cluster: Cluster, dump: Path) -> None:
    enabled = "--enable-row-security"
    backup = ran(str(TOOLS / "pg_dump"), enabled, "--format=custom", f"--file={dump}", source)
    assert backup.returncode == 0, backup.stderr
    asyncio.run(create_empty(cluster))
    owner = cluster.url("doorstep_owner", RESTORED)
    restore = ran(str(TOOLS / "pg_restore"), "--no-owner", f"--dbname={owner}", str(dump))
    assert restore.returncode == 0, restore.stderr
    assert "migrated" in doorstep("migrate", url=owner)
    assert "epoch " in doorstep("renew-epoch", url=owner)
    assert "unbroken" in doorstep("audit", "verify", url=owner)


async def create_empty(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url("postgres", "postgres"))
    await connection.execute(f"CREATE DATABASE {RESTORED} OWNER doorstep_owner")
    await connection.close()


async def test_a_backup_without_row_security_enabled_is_refused_not_incomplete(
    world: World, before: dict[str, Any], tmp_path: Path
) -> None:
    dump = ran(str(TOOLS / "pg_dump"), f"--file={tmp_path / 'dump'}", world.urls["doorstep_owner"])
    assert dump.returncode != 0
    assert "row-level security" in dump.stderr


async def test_a_cursor_of_before_the_restore_is_told_to_start_anew(
    restored: World, before: dict[str, Any]
) -> None:
    by_cursor = await restored.police_system.get("/v1/events", params={"after": before["next"]})
    place = {"position": 1, "epoch": before["epoch"]}
    by_position = await restored.police_system.get("/v1/events", params=place)
    for refused in (by_cursor, by_position):
        assert (refused.status_code, refused.json()["code"]) == (410, "epoch_mismatch")


async def test_reading_anew_gives_every_event_of_the_backup_under_the_new_epoch(
    restored: World, before: dict[str, Any]
) -> None:
    page = (await restored.police_system.get("/v1/events")).json()
    assert page["epoch"] != before["epoch"]
    assert [each["data"]["event_id"] for each in page["items"]] == [
        each["data"]["event_id"] for each in before["items"]
    ]


async def test_the_restored_service_goes_on_publishing(restored: World) -> None:
    family = await shared_family(restored)
    alert = await publish(restored, family)
    told = [each["data"]["resource"]["id"] for each in await restored.police_system.events()]
    assert told[-1] == alert["id"]


async def test_renewing_the_epoch_is_in_the_audit(restored: World, cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url("postgres", RESTORED))
    actions = await connection.fetch(
        "SELECT details ->> 'epoch' AS epoch FROM audit_entries "
        "WHERE action = 'instance.epoch_renewed'"
    )
    present = await connection.fetchval("SELECT epoch FROM instance")
    await connection.close()
    assert [each["epoch"] for each in actions] == [str(present)]
