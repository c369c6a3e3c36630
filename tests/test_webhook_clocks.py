"""Workers agree on the time, whatever their own clocks say: it is the database's."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import worker as worker_module
from api.events.queries import epoch_of
from api.foundation import clock as clock_module
from api.foundation.clock import DatabaseClock, ManualClock
from api.settings import Settings
from api.webhooks.delivery import LEASE, Courier
from api.webhooks.fan_out import fan_out
from tests.posting import Scripted, courier_of, eventually, rows_of, subscribed
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def there(superuser: Any) -> datetime:
    moment: datetime = await superuser.fetchval("SELECT clock_timestamp()")
    return moment


async def waits(superuser: Any) -> bool:
    """Somebody waits for a turn."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(await superuser.fetchval(query))


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own clock is years off, and steps as it likes."""

    class Wrong(datetime):
        steps = iter(range(1000))

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2001, 1, 1, tzinfo=tz) + timedelta(days=(-7) ** next(cls.steps) % 900)

    monkeypatch.setattr(clock_module, "datetime", Wrong)


async def test_a_worker_counts_on_from_the_database_s_clock(
    world: World, superuser: Any, wrong: None
) -> None:
    clock = DatabaseClock()
    before = await there(superuser)
    await clock.read(world.worker.database)
    told = [clock.now() for _ in range(100)]
    assert told == sorted(told)
    assert before <= told[0]
    assert told[-1] <= await there(superuser)


async def test_the_lease_of_one_is_not_over_early_for_another(
    world: World, superuser: Any, wrong: None
) -> None:
    """Two workers, each on a machine whose clock is wrong in its own way."""
    family = await shared_family(world)
    runtimes = [replace(world.worker, clock=DatabaseClock()) for _ in range(2)]
    epoch = await epoch_of(world.worker)
    async with (
        receiver() as receiving,
        courier_of(world) as courier,
        subscribed(world, world.school_system, receiving, courier=courier) as made,
    ):
        await publish(world, family)
        one, other = (Courier(each, Scripted(), epoch) for each in runtimes)
        for each in runtimes:
            await each.clock.read(each.database)  # type: ignore[attr-defined]
        await fan_out(runtimes[1])
        before = await there(superuser)
        assert await one.step() == 1
        after = await there(superuser)
        [row] = await rows_of(superuser, made)
        ago = timedelta(seconds=5)  # the way of an answer, on a busy machine
        assert before + LEASE - ago <= row["lease_until"] <= after + LEASE
        assert (await other.sweep(), await other.step()) == (0, 0)
        await one.drain()
        assert (await rows_of(superuser, made))[0]["status"] == "delivered"


async def test_a_lease_begins_when_the_turn_to_claim_has_come(world: World, superuser: Any) -> None:
    """Whoever waits for the others' claims loses nothing of it."""
    family = await shared_family(world)
    clock = ManualClock(world.clock.now())
    async with (
        receiver() as receiving,
        courier_of(world) as courier,
        subscribed(world, world.school_system, receiving, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        runtime = replace(world.worker, clock=clock)
        waiting = Courier(runtime, Scripted(), await epoch_of(runtime))
        turn = await superuser.fetchval("SELECT hashtextextended('deliveries.claim', 0)")
        await superuser.execute("SELECT pg_advisory_lock($1)", turn)
        claiming = asyncio.create_task(waiting.step())
        await eventually(lambda: waits(superuser))
        clock.advance(LEASE)
        await superuser.execute("SELECT pg_advisory_unlock($1)", turn)
        assert await claiming == 1
        [row] = await rows_of(superuser, made)
        assert row["lease_until"] == clock.now() + LEASE
        await waiting.drain()


async def test_the_worker_uses_it_and_reads_it_again(
    world: World, database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = world.worker.settings.model_dump()
    used: list[Any] = []

    class Looking(worker_module.Worker):
        async def run(self, stop: asyncio.Event) -> None:
            assert not stop.is_set()
            clock = self._runtime.clock
            assert isinstance(clock, DatabaseClock)
            clock._moment = datetime(2001, 1, 1, tzinfo=UTC)
            monkeypatch.setattr(worker_module, "CLOCK_SECONDS", 0)
            await self._read_clock()
            used.append(clock.now())

    monkeypatch.setattr(worker_module, "Worker", Looking)
    given["worker_metrics_port"] = None
    await worker_module.work(Settings.model_validate(given), database_urls["doorstep_worker"])
    assert used[0] > datetime(2020, 1, 1, tzinfo=UTC)
