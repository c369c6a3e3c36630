"""A worker that is told to stop sends what it has claimed: nothing waits for a lease to run out."""

import asyncio
from typing import Any

import pytest

from api import worker as worker_module
from api.events.queries import epoch_of
from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.worker import Worker
from tests.posting import Scripted, courier_of, rows_of, subscribed, until
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


class Held(Courier):
    """Its commit has gone through, and it has not heard of that yet."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.claimed, self.heard = asyncio.Event(), asyncio.Event()

    async def _commit(self, *given: Any) -> Any:
        claimed = await super()._commit(*given)
        if claimed:
            self.claimed.set()
            await self.heard.wait()
        return claimed


async def stopping(worker: Worker, courier: Held) -> None:
    worker._courier = courier
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await courier.claimed.wait()
    stop.set()
    for _ in range(20):
        await asyncio.sleep(0)
    courier.heard.set()
    async with asyncio.timeout(20):
        await running


async def test_what_it_is_claiming_at_that_moment_is_sent(world: World, superuser: Any) -> None:
    family, epoch = await shared_family(world), await epoch_of(world.worker)
    async with (
        receiver() as there,
        courier_of(world) as other,
        subscribed(world, world.school_system, there, courier=other) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        sender = Scripted()
        await stopping(Worker(world.worker, sender, epoch), Held(world.worker, sender, epoch))
        assert len(sender.posted) == 1
        assert [each["status"] for each in await rows_of(superuser, made)] == ["delivered"]
        await sender.close()


async def test_a_claim_that_does_not_end_is_not_waited_for(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STEP_SECONDS", 0.05)
    epoch, stop = await epoch_of(world.worker), asyncio.Event()
    turn = "SELECT pg_advisory_lock(hashtextextended('deliveries.claim', 0))"
    await superuser.execute(turn)
    sender = Scripted()
    worker = Worker(world.worker, sender, epoch)
    running = asyncio.create_task(worker.run(stop))
    await until(worker._stepping.locked)
    stop.set()
    async with asyncio.timeout(20):
        await running
    await superuser.execute("SELECT pg_advisory_unlock_all()")
    await sender.close()
