"""Nothing leaves for whoever was suspended, held or moved, not even what was claimed before."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.governing import another_manager
from tests.leaving import operate
from tests.posting import (
    LEASE_RAN_OUT,
    Scripted,
    courier_of,
    deliver,
    revoke,
    rows_of,
    subscribe,
    subscribed,
    until,
)
from tests.receivers import receiver
from tests.world import World, etag, key, publish, shared_family

pytestmark = pytest.mark.anyio

Made = dict[str, Any]


class Connecting(Scripted):
    """A sender whose connections take as long as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.connected = asyncio.Event()
        self.begun = 0

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.begun += 1
        await self.connected.wait()
        return await super().post(url, body, headers)


async def suspend_agency(world: World, _made: Made) -> None:
    await operate(world, "suspend", "school")


async def hold(world: World, made: Made) -> None:
    path = f"/v1/webhooks/{made['id']}"
    headers = {"If-Match": (await world.school_system.get(path)).headers["etag"]}
    assert (await world.school_system.post(f"{path}/hold", headers=headers)).status_code == 200


async def revoke_it(world: World, made: Made) -> None:
    await revoke(world.school_system, made)


async def move(world: World, made: Made) -> None:
    second = await another_manager(world, "school", "iris", roles=["agency_administrator"])
    path = f"/v1/webhooks/{made['id']}/url-changes"
    body = {"url": "http://127.0.0.1:9/new", "reason": "The receiver moves."}
    change = (await world.owen.post(path, body)).json()
    decided = await second.post(
        f"{path}/{change['id']}/decide", {"outcome": "approved"}, headers=etag(change)
    )
    assert decided.status_code == 200, decided.text


@pytest.mark.parametrize("bar", [suspend_agency, hold, revoke_it, move])
async def test_what_was_claimed_and_has_not_left_is_broken_off(
    world: World, superuser: Any, bar: Callable[[World, Made], Awaitable[None]]
) -> None:
    family = await shared_family(world)
    slow = Connecting()
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, slow) as claiming,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(2):
            await publish(world, family)
        await fan_out(world.worker)
        assert await claiming.step() == 2
        await until(lambda: slow.begun == 2)
        assert await claiming.break_off() == 0
        await bar(world, made)
        assert await claiming.break_off() == 2
        slow.connected.set()
        await claiming.drain()
        assert slow.posted == []
        rows = await rows_of(superuser, made)
        assert {each["status"] for each in rows} == {"sending"}
        world.clock.advance(LEASE_RAN_OUT)
        assert await courier.sweep() == 2
        waits = "cancelled" if bar is revoke_it else "pending"
        assert {each["status"] for each in await rows_of(superuser, made)} == {waits}
        health = await superuser.fetchval(
            "SELECT max(failures_in_row) FROM endpoint_health WHERE subscription_id = $1",
            rows[0]["subscription_id"],
        )
        assert health == 0  # that was no failure of the receiver's
        if bar is suspend_agency:
            await operate(world, "reactivate", "school")
            await deliver(world, courier)
            assert len(there.events) == 2


async def test_a_revoked_client_and_nothing_in_flight(world: World) -> None:
    await world.add_agency("housing", {"henry": ["agency_administrator"]})
    slow = Connecting()
    async with receiver() as there, courier_of(world, slow) as claiming:
        assert await claiming.break_off() == 0
        await subscribe(world.housing_system, there.url, ["alert.*"])
        assert await claiming.step() == 1  # the challenge
        await until(lambda: slow.begun == 1)
        path = f"/v1/agencies/{world.agencies['housing'].id}/clients"
        client = (await world.henry.get(path)).json()["items"][0]
        revoked = await world.henry.post(
            f"{path}/{client['id']}/revoke", {}, headers={**etag(client), **key()}
        )
        assert revoked.status_code == 200, revoked.text
        assert await claiming.break_off() == 1
        slow.connected.set()
        await claiming.drain()
        assert slow.posted == []
