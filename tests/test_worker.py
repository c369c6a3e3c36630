"""The worker: every time-driven task runs, none stops another, and all stop when told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from api import worker as worker_module
from api.events.queries import epoch_of
from api.foundation.embedded import Cluster
from api.overview.unusual_reading.rules import MANY_OPENED
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Sender
from api.worker import Worker, housekeeping
from tests.breaking import opened
from tests.posting import (
    LEASE_RAN_OUT,
    courier_of,
    eventually,
    log_of,
    revoke,
    status_of,
    subscribe,
    until,
)
from tests.receivers import Receiver, Request, receiver, take
from tests.world import World, publish, register, shared_family

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POLL", "DEADLINE", "SWEEP", "CHECKPOINT", "HOUSEKEEPING", "RETRY", "WATCH"):
        monkeypatch.setattr(worker_module, f"{name}_SECONDS", 0.02)
    monkeypatch.setattr("api.journal.bell.RECONNECT_SECONDS", 0.02)


@asynccontextmanager
async def working(world: World) -> AsyncIterator[asyncio.Event]:
    """A running worker; it must stop when the event is set."""
    sender, stop = Sender(loopback_allowed=True), asyncio.Event()
    running = asyncio.create_task(
        Worker(world.worker, sender, await epoch_of(world.worker)).run(stop)
    )
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await running
        await sender.close()


def told(there: Receiver, event_type: str) -> Any:
    return there.until(lambda it: event_type in it.types)


async def test_every_task_runs_until_the_worker_is_stopped(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await superuser.execute("DELETE FROM idempotency_keys")
    async with receiver() as there:
        made = await subscribe(world.health_visiting_system, there.url, ["alert.*"])
        async with working(world):
            await publish(world, family)
            await told(there, "alert.published")
            world.clock.advance(timedelta(hours=25))
            await told(there, "alert.ratification_due")
            world.clock.advance(timedelta(days=8))
            await told(there, "alert.lapsed")
            await eventually(lambda: empty(superuser, "idempotency_keys"))
            await eventually(lambda: empty(superuser, "audit_pending"))
            await eventually(lambda: checkpointed(superuser))
        assert await superuser.fetchval("SELECT count(*) FROM audit_seals") > 0
        await revoke(world.health_visiting_system, made)


async def test_what_was_read_in_an_emergency_is_watched(world: World) -> None:
    async with receiver() as there:
        made = await subscribe(
            world.probation_system, there.url, ["break_glass.*", "practitioner.*"]
        )
        async with working(world):
            for _ in range(MANY_OPENED):
                await opened(world.lena, await register(world))
            await told(there, "practitioner.reads_many")
            world.clock.advance(timedelta(days=8))
            await told(there, "break_glass.review_overdue")
        await revoke(world.probation_system, made)


async def checkpointed(superuser: Any) -> bool:
    """On more than one of the days that went by."""
    return bool(await superuser.fetchval("SELECT count(*) >= 2 FROM audit_checkpoints"))


async def empty(superuser: Any, table: str) -> bool:
    return not await superuser.fetchval(f"SELECT count(*) FROM {table}")


async def test_what_another_worker_left_behind_is_swept_and_sent(world: World) -> None:
    family = await shared_family(world)
    async with receiver() as there:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        async with working(world):
            await there.until(lambda it: len(it.requests) == 1)
        async with courier_of(world) as killed:
            await publish(world, family)
            await fan_out(world.worker)
            there.forget()
            async with asyncio.timeout(20):
                while not await killed.step():
                    await fan_out(world.worker)
        world.clock.advance(LEASE_RAN_OUT)
        async with working(world):
            await there.until(lambda it: "alert.published" in it.types)
            await eventually(lambda: all_delivered(world, made))
        await revoke(world.school_system, made)


async def all_delivered(world: World, made: dict[str, Any]) -> bool:
    log = await log_of(world.school_system, made)
    return bool(log) and all(each["status"] == "delivered" for each in log)


async def test_a_task_that_fails_stops_no_other_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await shared_family(world)
    failures = 0

    async def fail(_runtime: Any) -> int:
        nonlocal failures
        failures += 1
        raise ValueError("CANARY")

    monkeypatch.setattr(worker_module, "pass_all_deadlines", fail)
    async with receiver() as there:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        with capture_logs() as logs:
            async with working(world):
                await publish(world, family)
                await told(there, "alert.published")
                await until(lambda: failures >= 3)
        failed = [each for each in logs if each["event"] == "task_failed"]
        assert {(each["task"], each["error_type"]) for each in failed} == {
            ("deadlines", "ValueError")
        }
        assert "CANARY" not in str(logs)
        await revoke(world.school_system, made)


@asynccontextmanager
async def database_away(cluster: Cluster, url: str) -> AsyncIterator[None]:
    """The module's database takes no connection of the worker, and ends those it has."""
    name = url.rsplit("/", 1)[1]
    operator = await asyncpg.connect(cluster.url("postgres", "postgres"))
    try:
        await operator.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, doorstep_worker")
        await operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = $1 AND usename = 'doorstep_worker'",
            name,
        )
        yield
    finally:
        await operator.execute(f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")
        await operator.close()


async def test_the_worker_survives_the_database_going_away(world: World, cluster: Cluster) -> None:
    family = await shared_family(world)
    url = world.urls["doorstep_worker"]
    async with receiver() as there:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        async with working(world):
            await publish(world, family)
            await told(there, "alert.published")
            with capture_logs() as logs:
                async with database_away(cluster, url):
                    missed = await publish(world, family)
                    await until(lambda: names_of(logs) >= {"fan_out", "delivery", "seal"})
            await there.until(lambda it: missed["id"] in resources_of(it))
            await eventually(lambda: all_delivered(world, made))
        await revoke(world.school_system, made)


def names_of(logs: Any) -> set[str]:
    return {each["task"] for each in logs if each["event"] == "task_failed"}


def resources_of(there: Receiver) -> list[str]:
    return [each.data["resource"]["id"] for each in there.events]


async def test_what_is_in_flight_is_finished_and_recorded_before_the_worker_stops(
    world: World,
) -> None:
    family = await shared_family(world)
    released = asyncio.Event()

    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.type != "webhook.verification":
            await released.wait()
        await take(request, writer)

    async with receiver(slowly) as there:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        async with working(world) as stop:
            await publish(world, family)
            await told(there, "alert.published")
            stop.set()
            released.set()
        log = await log_of(world.school_system, made)
        assert [(each["status"], len(each["attempts"])) for each in log] == [("delivered", 1)]
        assert len(there.events) == 1
        await revoke(world.school_system, made)


async def test_a_worker_that_cannot_record_stops_all_the_same(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    async with receiver() as there:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        async with working(world):
            await there.until(lambda it: bool(it.requests))
            await eventually(lambda: is_active(world, made))
            await superuser.execute("REVOKE INSERT ON attempts FROM doorstep_worker")
            await publish(world, family)
            await told(there, "alert.published")
        await superuser.execute("GRANT INSERT ON attempts TO doorstep_worker")
        world.clock.advance(LEASE_RAN_OUT)
        async with working(world):
            await eventually(lambda: all_delivered(world, made))
        assert len({each.message_id for each in there.events}) == 1
        assert len(there.events) >= 2
        await revoke(world.school_system, made)


async def is_active(world: World, made: dict[str, Any]) -> bool:
    return await status_of(world.school_system, made) == "active"


async def test_answers_are_kept_for_seven_days_and_used_assertions_until_they_expire(
    world: World, superuser: Any
) -> None:
    now = world.clock.now()
    kept, old = str(uuid4()), str(uuid4())
    for name, created in (
        (kept, now - timedelta(days=7)),
        (old, now - timedelta(days=7, seconds=1)),
    ):
        await superuser.execute(
            "INSERT INTO idempotency_keys (client_id, method, path, key, agency_id, body_hash, "
            "created_at, status, headers, body) "
            "VALUES ($1, 'POST', '/', $2, $1, '', $3, 201, '{}', '')",
            uuid4(), name, created,
        )  # fmt: skip
    for name, expires in ((kept, now), (old, now - timedelta(seconds=1))):
        await superuser.execute(
            "INSERT INTO used_assertions (key_id, jti, expires_at) VALUES ($1, $2, $3)",
            uuid4(), name, expires,
        )  # fmt: skip
    await housekeeping(world.worker)
    for query in (
        "SELECT key FROM idempotency_keys WHERE key = ANY($1)",
        "SELECT jti FROM used_assertions WHERE jti = ANY($1)",
    ):
        found = await superuser.fetch(query, [kept, old])
        assert [each[0] for each in found] == [kept]
