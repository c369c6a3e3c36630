"""More receivers hang than a worker has slots for: whoever is well gets through all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, deliver, revoke, rows_of, subscribe, subscribed
from tests.receivers import Receiver, hang, receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

# As 512 slots and 200 that hang with four messages each, and as 14 and 5.
SLOTS, HUNG = 16, 6


@pytest.fixture(autouse=True)
def few_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.webhooks.delivery.IN_FLIGHT", SLOTS)


@asynccontextmanager
async def hung(world: World, courier: Courier, number: int = HUNG) -> AsyncIterator[Receiver]:
    """So many subscriptions of the police, whose receivers hang."""
    async with receiver(hang) as hanging:
        made = [
            await subscribe(world.police_system, hanging.url, ["alert.*"]) for _ in range(number)
        ]
        await deliver(world, courier)
        hanging.forget()
        try:
            yield hanging
        finally:
            for each in made:
                await revoke(world.police_system, each)


async def until_told(courier: Courier, healthy: Receiver, count: int) -> None:
    """Steps until the healthy one has so many; those that hang are not let go meanwhile."""
    told = asyncio.create_task(healthy.until(lambda it: len(it.events) == count))
    while not told.done():
        if not await courier.step():
            await asyncio.wait({told}, timeout=0.01)
    await told


@pytest.mark.parametrize("severity", ["serious", "caution"])
async def test_whoever_is_well_gets_through(world: World, severity: str) -> None:
    family = await shared_family(world)
    async with (
        receiver() as healthy,
        courier_of(world) as courier,
        hung(world, courier) as hanging,
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        for _ in range(5):
            await publish(world, family, severity=severity)
        await fan_out(world.worker)
        await until_told(courier, healthy, 5)
        assert hanging.open >= HUNG
        assert len(hanging.events) == hanging.open  # nobody has answered yet
        await publish(world, family, severity=severity)
        await fan_out(world.worker)
        await until_told(courier, healthy, 6)


async def test_those_that_fail_have_half_of_the_slots_however_many_they_are(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as healthy,
        courier_of(world) as courier,
        hung(world, courier, SLOTS + 2) as hanging,
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        police = UUID(str(world.agencies["police"].id))
        await superuser.execute(
            "UPDATE endpoint_health SET failures_in_row = 1 WHERE agency_id = $1", police
        )
        await publish(world, family)
        await fan_out(world.worker)
        await until_told(courier, healthy, 1)
        while await courier.step():
            pass
        await hanging.until(lambda it: it.open == SLOTS // 2)


async def test_routine_messages_leave_slots_for_an_urgent_one(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as healthy,
        courier_of(world) as courier,
        hung(world, courier, SLOTS) as hanging,
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        await publish(world, family, severity="caution")
        await fan_out(world.worker)
        while await courier.step():
            pass
        await hanging.until(lambda it: it.open >= SLOTS - SLOTS // 8 - 1)
        assert len(courier._sending) <= SLOTS - SLOTS // 8
        healthy.forget()
        urgent = await publish(world, family)
        await fan_out(world.worker)
        await courier.step()
        await healthy.until(
            lambda it: urgent["id"] in {each.data["resource"]["id"] for each in it.events}
        )


async def test_whoever_has_least_in_flight_is_next(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long queue that has a slot already waits for one that has none."""
    family = await shared_family(world)
    async with (
        receiver(hang) as busy,
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, Scripted(Answer("delivered", 200))) as other,
        subscribed(world, world.school_system, busy, courier=courier),
        subscribed(world, world.police_system, there, courier=courier) as waiting,
    ):
        await superuser.execute(
            "UPDATE subscriptions SET status = 'held', held_at = now() WHERE id = $1",
            UUID(waiting["id"]),
        )
        for _ in range(4):
            await publish(world, family)
        await fan_out(world.worker)
        monkeypatch.setattr("api.webhooks.delivery.IN_FLIGHT", 1)
        assert await courier.step() == 1  # the school's
        await superuser.execute(
            "UPDATE subscriptions SET status = 'active' WHERE id = $1", UUID(waiting["id"])
        )
        assert await other.step() == 1
        rows = await rows_of(superuser, waiting)
        assert [each["status"] for each in rows] == ["sending", "pending", "pending", "pending"]
