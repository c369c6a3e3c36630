"""`kill -9` of the worker while it delivers: every event reaches the receiver at least once."""

import asyncio
import random
from uuid import UUID

import pytest

from tests.faults.history import History, check, delivered, feed, publish_many
from tests.faults.service import Service, seed
from tests.faults.workers import working
from tests.receivers import Receiver, receiver

pytestmark = pytest.mark.anyio


def event_ids(receiving: Receiver) -> set[UUID]:
    return {UUID(each.data["event_id"]) for each in receiving.events}


async def test_a_killed_worker_delivers_everything_all_the_same(
    service: Service, history: History
) -> None:
    chance = random.Random(seed())
    async with receiver() as receiving, working(service) as (worker,):
        made = await service.world.police_system.post("/v1/webhooks", {"url": receiving.url})
        assert made.status_code == 201, made.text
        start = len(await feed(service.world.police_system)) - 1
        await receiving.until(lambda each: "webhook.activated" in each.types)
        async with asyncio.TaskGroup() as group:
            group.create_task(publish_many(service, history, chance))
            for count in sorted(chance.sample(range(10, 80), 3)):
                await receiving.until(lambda each, count=count: len(each.events) >= count)
                worker.kill()
                await service.end_leases()
                worker.start()
        due = await delivered(service, "police", start)
        await receiving.until(lambda each: due <= event_ids(each))
        assert event_ids(receiving) == due
        await check_chain(receiving)
    await check(service, history)


async def check_chain(receiving: Receiver) -> None:
    """What came names, at each position, the position before it; a repetition says the same."""
    previous = {each.data["position"]: each.data["previous"] for each in receiving.events}
    positions = sorted(previous)
    assert [previous[each] for each in positions[1:]] == positions[:-1]
    bodies = {(each.message_id, each.body) for each in receiving.events}
    assert len(bodies) == len({each.message_id for each in receiving.events}) == len(positions)
