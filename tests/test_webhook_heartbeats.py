"""Heartbeats, so that silence is noticed, and test messages."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.webhooks.heartbeats import beat, forget_heartbeats
from tests.posting import courier_of, deliver, status_of, subscribed
from tests.receivers import answering, receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def log(world: World, made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    answer = await world.school_system.get(f"/v1/webhooks/{made['id']}/deliveries")
    return [each for each in answer.json()["items"] if each["kind"] == kind]


async def test_a_heartbeat_says_the_last_position_and_comes_in_time(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        position = there.events[-1].data["position"]
        there.forget()
        assert await beat(world.worker) == 0
        world.clock.advance(timedelta(seconds=made["heartbeat_seconds"]))
        assert await beat(world.worker) == 1
        assert await beat(world.worker) == 0
        await deliver(world, courier)
        [heartbeat] = there.requests
        assert heartbeat.type == "webhook.heartbeat"
        assert set(heartbeat.data) == {"subscription_id", "epoch", "last_position"}
        assert (heartbeat.data["subscription_id"], heartbeat.data["last_position"]) == (
            made["id"], position,
        )  # fmt: skip
        world.clock.advance(timedelta(seconds=made["heartbeat_seconds"] - 1))
        assert await beat(world.worker) == 0
        world.clock.advance(timedelta(seconds=1))
        assert await beat(world.worker) == 1


async def test_one_that_fails_is_not_repeated_and_old_ones_are_forgotten(world: World) -> None:
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        world.clock.advance(timedelta(seconds=made["heartbeat_seconds"]))
        assert await beat(world.worker) == 1
        await deliver(world, courier)
        [failed] = await log(world, made, "heartbeat")
        assert failed["status"] == "cancelled"
        assert len(failed["attempts"]) == 1
        await forget_heartbeats(world.worker)
        assert len(await log(world, made, "heartbeat")) == 1
        world.clock.advance(timedelta(days=1, seconds=1))
        await forget_heartbeats(world.worker)
        assert await log(world, made, "heartbeat") == []


async def test_who_is_degraded_with_nothing_waiting_is_probed_by_heartbeats(
    world: World, superuser: Any
) -> None:
    """Nothing else would tell that it is well again. Held, it is left in peace."""
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        there.behaviour = answering(500)
        interval = timedelta(seconds=made["heartbeat_seconds"])
        for _ in range(6):
            world.clock.advance(interval)
            assert await beat(world.worker) == 1
            await deliver(world, courier)
        assert await status_of(world.school_system, made) == "degraded"
        there.behaviour = answering(200)
        for _ in range(3):
            world.clock.advance(interval)
            assert await beat(world.worker) == 1
            await deliver(world, courier)
        assert await status_of(world.school_system, made) == "active"
        await superuser.execute(
            "UPDATE subscriptions SET status = 'held', held_at = now() WHERE id = $1",
            UUID(made["id"]),
        )
        world.clock.advance(interval)
        assert await beat(world.worker) == 0


@pytest.mark.parametrize("seconds", [59, 901, "300"])
async def test_heartbeats_come_every_1_to_15_minutes(world: World, seconds: Any) -> None:
    body = {"url": "http://127.0.0.1:9/hook", "heartbeat_seconds": seconds}
    refused = await world.school_system.post("/v1/webhooks", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/heartbeat_seconds"


async def test_a_test_message_takes_the_way_of_every_event(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        path = f"/v1/webhooks/{made['id']}/test"
        asked = await world.school_system.post(path)
        assert (asked.status_code, asked.json()["kind"]) == (202, "test")
        await deliver(world, courier)
        [message] = there.requests
        assert (message.type, message.message_id) == ("webhook.test", asked.json()["id"])
        assert message.data == {"subscription_id": made["id"]}
        assert [each["status"] for each in await log(world, made, "test")] == ["delivered"]
        assert (await world.police_system.post(path)).status_code == 404


async def test_nothing_is_tested_before_it_is_verified(world: World) -> None:
    made = await world.school_system.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})
    refused = await world.school_system.post(f"/v1/webhooks/{made.json()['id']}/test")
    assert refused.status_code == 409
