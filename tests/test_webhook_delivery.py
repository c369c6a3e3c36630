"""What a receiver is sent: the body, its chain of positions, its signature, and in which order."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import (
    Scripted,
    courier_of,
    deliver,
    due_at,
    log_of,
    subscribed,
)
from tests.receivers import Request, answering, hang, receiver, take
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


def verified(request: Request, subscription: dict[str, Any]) -> bool:
    """By the reference library's own signature, at the moment the message names."""
    moment = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    secret = Webhook(subscription["secret"])
    signature = secret.sign(request.message_id, moment, request.body.decode())
    return request.headers["webhook-signature"].startswith(f"{signature} v1a,")


async def test_the_body_is_thin_and_the_feed_shows_the_same(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        alert = await publish(world, family)
        await deliver(world, courier)
        request = there.events[0]
        shown = (await world.school_system.events())[-1]
        assert request.json == {
            "type": "alert.published",
            "timestamp": world.clock.now().isoformat().replace("+00:00", "Z"),
            "data": {
                "event_id": request.message_id,
                "epoch": shown["data"]["epoch"],
                "position": shown["data"]["position"],
                "previous": request.data["previous"],
                "priority": "urgent",
                "subscription_id": made["id"],
                "family_id": family["id"],
                "resource": {
                    "type": "alert",
                    "id": alert["id"],
                    "version": 1,
                    "url": f"http://doorstep.test/v1/alerts/{alert['id']}",
                },
            },
        }
        sent = request.json
        del sent["data"]["previous"], sent["data"]["subscription_id"]
        assert sent == shown
        assert verified(request, made)


async def test_previous_is_the_position_before_it_in_this_subscriptions_own_chain(
    world: World,
) -> None:
    start = len(await everything(world))
    async with (
        receiver() as narrow,
        receiver() as wide,
        courier_of(world) as courier,
        subscribed(world, world.police_system, narrow, ["alert.*"], courier=courier),
        subscribed(world, world.police_system, wide, ["alert.*", "family.*"], courier=courier),
    ):
        for _ in range(2):
            await publish(world, await shared_family(world))
            await deliver(world, courier)
        await publish(world, await shared_family(world), severity="caution")
        await deliver(world, courier)
        told = [each["data"]["position"] for each in (await everything(world))[start:]]
        for there in (narrow, wide):
            chain = sorted((each.data["position"], each.data["previous"]) for each in there.events)
            positions = [position for position, _ in chain]
            assert [previous for _, previous in chain[1:]] == positions[:-1]
            assert chain[0][1] <= chain[0][0] - 1
            assert set(positions) <= set(told)
        assert len(narrow.events) == 3
        assert len(wide.events) > 3


async def everything(world: World) -> list[dict[str, Any]]:
    """The whole feed of the police, page after page."""
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page = (await world.police_system.get("/v1/events", params=after)).json()
        found += page["items"]
        if not page["items"]:
            return found
        after = {"after": page["next"]}


async def test_a_retry_has_the_same_id_and_body_and_a_fresh_timestamp(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(503)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        for _ in range(3):
            log = await log_of(world.school_system, made)
            assert log[0]["status"] == "pending"
            world.clock.move_to(due_at(log[0]))
            await deliver(world, courier)
        there.behaviour = take
        world.clock.advance(timedelta(hours=1))
        await deliver(world, courier)
        assert len({each.message_id for each in there.events}) == 1
        assert len({each.body for each in there.events}) == 1
        stamps = [int(each.headers["webhook-timestamp"]) for each in there.events]
        assert stamps == sorted(set(stamps))
        assert stamps[-1] == int(world.clock.now().timestamp())
        assert all(verified(each, made) for each in there.events)
        log = await log_of(world.school_system, made)
        assert log[0]["status"] == "delivered"


async def test_nothing_is_sent_before_it_is_due(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        due = due_at((await log_of(world.school_system, made))[0])
        world.clock.move_to(due - timedelta(milliseconds=1))
        await deliver(world, courier)
        assert len(there.events) == 1


async def test_a_receiver_that_asks_for_time_is_given_it(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(429, b"", "retry-after: 120")) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        due = due_at((await log_of(world.school_system, made))[0])
        assert due == world.clock.now() + timedelta(seconds=120)


async def test_first_attempts_start_in_the_order_of_positions_urgent_ones_first(
    world: World,
) -> None:
    family = await shared_family(world)
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as recording,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        for number in range(12):
            await publish(world, family, severity="caution" if number % 3 else "serious")
        await deliver(world, recording)
        started = [orjson.loads(each["body"])["data"] for each in script.posted]
        lanes = [each["priority"] for each in started]
        assert lanes == ["urgent"] * 4 + ["routine"] * 8
        for lane in ("urgent", "routine"):
            positions = [each["position"] for each in started if each["priority"] == lane]
            assert positions == sorted(positions)


async def test_a_first_attempt_waits_for_nobodys_retry(world: World) -> None:
    family = await shared_family(world)
    script = Scripted(Answer("http_5xx", 500))
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as failing,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        for _ in range(2):
            await publish(world, family)
        await deliver(world, failing)
        old = set(script.ids)
        fresh = [await publish(world, family) for _ in range(2)]
        world.clock.advance(timedelta(minutes=1))
        script.posted.clear()
        await deliver(world, failing)
        resources = [orjson.loads(each["body"])["data"]["resource"]["id"] for each in script.posted]
        assert resources[:2] == [each["id"] for each in fresh]
        assert set(script.ids[2:]) == old


async def test_at_most_four_are_in_flight_for_one_subscription(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver(hang) as there,
        courier_of(world) as one,
        courier_of(world) as other,
        subscribed(world, world.school_system, there, courier=one),
    ):
        for _ in range(9):
            await publish(world, family)
        await fan_out(world.worker)
        started = [await one.step(), await other.step(), await one.step()]
        await there.until(lambda it: it.open == 4)
        assert started == [4, 0, 0]
        query = "SELECT count(*) FROM deliveries WHERE status = 'sending'"
        assert await superuser.fetchval(query) == 4


async def test_a_receiver_that_hangs_delays_nobody_else(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(hang) as hung,
        receiver() as healthy,
        courier_of(world) as courier,
        subscribed(world, world.police_system, hung, courier=courier),
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        alerts = [await publish(world, family) for _ in range(10)]
        await fan_out(world.worker)
        async with asyncio.timeout(20):
            while len(healthy.events) < len(alerts):
                await courier.step()
                await courier.news.wait()
        assert hung.open == 4
        assert {each.data["resource"]["id"] for each in healthy.events} == {
            each["id"] for each in alerts
        }


async def test_no_more_is_claimed_than_there_are_slots(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.delivery.IN_FLIGHT", 2)
    family = await shared_family(world)
    async with (
        receiver(hang) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        for _ in range(3):
            await publish(world, family)
        await fan_out(world.worker)
        assert [await courier.step(), await courier.step()] == [2, 0]
