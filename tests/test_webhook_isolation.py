"""A hundred receivers that hang beside one that does not: it is told all the same."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.webhooks.fan_out import fan_out
from tests.posting import courier_of, deliver, subscribe, subscribed
from tests.receivers import hang, receiver
from tests.world import World, join, publish, shared_family

pytestmark = pytest.mark.anyio

HUNG_EACH = 25


async def test_a_hundred_that_hang_delay_nobody(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.service.MOST_SUBSCRIPTIONS", HUNG_EACH + 1)
    family = await shared_family(world)
    assert (await join(world, family, world.probation_system)).status_code == 201
    listeners = [
        world.health_visiting_system,
        world.police_system,
        world.probation_system,
        world.school_system,
    ]
    async with (
        receiver(hang) as hanging,
        receiver() as healthy,
        courier_of(world) as courier,
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        for who in listeners:
            for _ in range(HUNG_EACH):
                await subscribe(who, hanging.url, ["alert.*"])
        await deliver(world, courier)
        hanging.forget()
        for number in range(6):
            await publish(world, family, severity="serious" if number % 2 else "caution")
        await fan_out(world.worker)
        told = asyncio.create_task(healthy.until(lambda it: len(it.events) == 6))
        while not told.done():
            if not await courier.step():
                await asyncio.wait({told}, timeout=0.01)
        await told
        assert HUNG_EACH * len(listeners) == 100
        await hanging.until(lambda it: it.open >= 100)
        assert len(hanging.events) == hanging.open  # nobody has answered yet
        await superuser.execute("UPDATE subscriptions SET status = 'revoked'")


async def test_those_that_hang_are_left_alone_after_a_while(world: World) -> None:
    """Each has at most a probe in flight, so that they cost nothing more."""
    family = await shared_family(world)
    async with (
        receiver(hang) as hanging,
        courier_of(world) as courier,
        subscribed(world, world.police_system, hanging, courier=courier),
    ):
        courier._sender._total_seconds = 0.05
        for _ in range(8):
            await publish(world, family)
        await fan_out(world.worker)
        for _ in range(2):
            assert await courier.step() == 4
            await courier.drain()
        for _ in range(3):
            world.clock.advance(timedelta(seconds=61))
            assert await courier.step() == 1
            assert await courier.step() == 0
            await courier.drain()
