"""What a worker and the API do to a subscription at the same moment: no deadlock."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.heartbeats import beat
from api.webhooks.replays.queueing import queue_replays
from tests.failing import failing
from tests.governing import another_manager
from tests.locks import held, waiters
from tests.posting import courier_of, deliver, rows_of, sent, subscribe, subscribed
from tests.receivers import receiver
from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "SELECT FROM subscriptions WHERE id = $1 FOR UPDATE"


async def test_a_heartbeat_while_its_subscription_is_resumed(world: World, superuser: Any) -> None:
    async with failing(world) as made:
        subscription = made.subscription["id"]
        await superuser.execute(
            "UPDATE subscriptions SET status = 'degraded' WHERE id = $1", subscription
        )
        await superuser.execute(
            "UPDATE endpoint_health SET heartbeat_at = '2000-01-01', degraded_at = now() "
            "WHERE subscription_id = $1",
            subscription,
        )
        async with held(world.urls["postgres"], SUBSCRIPTION, UUID(subscription)):
            resumed = asyncio.create_task(made.post("resume"))
            await waiters(superuser, 1)
            beaten = asyncio.create_task(beat(world.worker))
            await waiters(superuser, 2)
        assert (await resumed).status_code == 200
        assert await beaten == 1


async def test_a_replay_while_its_subscription_is_revoked(world: World, superuser: Any) -> None:
    """Nothing that the batch queues is left behind."""
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        await superuser.execute(
            "WITH gone AS (DELETE FROM attempts WHERE subscription_id = $1) "
            "DELETE FROM deliveries WHERE subscription_id = $1",
            made["id"],
        )  # as if from before the subscription: a replay of what is missing
        path = f"/v1/webhooks/{made['id']}"
        begun = await world.school_system.post(
            f"{path}/replays", {"which": "missing", "from_position": 1}
        )
        assert begun.status_code == 201, begun.text
        headers = {"If-Match": (await world.school_system.get(path)).headers["etag"]}
        async with held(world.urls["postgres"], SUBSCRIPTION, UUID(made["id"])):
            revoked = asyncio.create_task(world.school_system.delete(path, headers=headers))
            await waiters(superuser, 1)
            queued = asyncio.create_task(queue_replays(world.worker))
            await waiters(superuser, 2)
        assert (await revoked).status_code == 200
        assert await queued == 1
        assert {each["status"] for each in await rows_of(superuser, made)} <= {"cancelled"}


async def test_an_answered_challenge_while_another_address_is_approved(
    world: World, superuser: Any
) -> None:
    second = await another_manager(world, "school", "iris", roles=["agency_administrator"])
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url, ["alert.*"])
        await fan_out(world.worker)
        assert await courier.step() == 1
        await sent(courier)
        path = f"/v1/webhooks/{made['id']}/url-changes"
        body = {"url": "http://127.0.0.1:9/new", "reason": "The receiver moves."}
        change = (await world.owen.post(path, body)).json()
        async with held(world.urls["postgres"], SUBSCRIPTION, UUID(made["id"])):
            decided = asyncio.create_task(
                second.post(
                    f"{path}/{change['id']}/decide", {"outcome": "approved"}, headers=etag(change)
                )
            )
            await waiters(superuser, 1)
            recorded = asyncio.create_task(courier.record())
            await waiters(superuser, 2)
        assert (await decided).status_code == 200
        await recorded
        assert courier._apart == []
