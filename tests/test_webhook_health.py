"""A receiver that fails is left alone, held or slowed; everything waits for it, nothing is lost."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.failing import BROKEN, OK, Failing, failing
from tests.involving import bookmark, news
from tests.posting import courier_of, deliver, rows_of, status_of, subscribed
from tests.receivers import receiver
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_one_that_fails_is_degraded_probed_and_let_back_in_step_by_step(
    world: World,
) -> None:
    async with failing(world) as it:
        mark = await bookmark(world.school_system)
        await it.publish(8)
        assert [await it.step() for _ in range(3)] == [4, 4, 0]
        assert await status_of(world.school_system, it.subscription) == "degraded"
        for expected in (30, 60, 60):
            before = world.clock.now()
            await it.move_to_probe()
            assert await it.step() == 1
            assert await it.step() == 0
            health = await it.health()
            assert health["in_flight_at_most"] == 1
            assert world.clock.now() > before
            waits = await _seconds_to_probe(it)
            assert waits == expected
        it.script.answer = OK
        await it.move_to_probe()
        assert [await it.step() for _ in range(3)] == [1, 1, 2]
        assert (await it.shown())["status"] == "active"
        told = [each["type"] for each in await news(world.school_system, mark)]
        assert [each for each in told if each.startswith("webhook.")] == [
            "webhook.degraded", "webhook.recovered",
        ]  # fmt: skip


async def _seconds_to_probe(it: Failing) -> float:
    at = datetime.fromisoformat((await it.health())["next_probe_at"])
    return (at - it.world.clock.now()).total_seconds()


async def test_after_an_outage_the_urgent_leave_first_and_nothing_is_lost(
    world: World, superuser: Any
) -> None:
    async with failing(world) as it:
        routine = await it.publish(6, severity="caution")
        await it.step()
        await it.step()
        urgent = await it.publish(6)
        await it.move_to_probe()
        world.clock.advance(timedelta(hours=1))
        it.script.answer = OK
        it.script.posted.clear()
        while await it.step():
            pass
        order = [orjson.loads(each["body"])["data"]["resource"]["id"] for each in it.script.posted]
        assert order[:6] == urgent
        assert sorted(order[6:]) == sorted(routine)
        rows = await rows_of(superuser, it.subscription)
        assert {each["status"] for each in rows} == {"delivered"}


async def test_410_holds_it_at_once_until_its_owner_resumes_it(world: World) -> None:
    async with failing(world, Answer("http_4xx", 410)) as it:
        mark = await bookmark(world.school_system)
        await it.publish(3)
        await it.step()
        shown = await it.shown()
        assert (shown["status"], shown["health"]["held_why"]) == ("held", "gone")
        await it.publish(2)
        world.clock.advance(timedelta(hours=5))
        assert await it.step() == 0
        assert (await it.shown())["progress"]["waiting"] == 5
        it.script.answer = OK
        resumed = await it.post("resume")
        assert (resumed.status_code, resumed.json()["status"]) == (200, "degraded")
        it.script.posted.clear()
        assert await it.step() == 1
        while await it.step():
            pass
        assert len(it.script.posted) == 5
        shown = await it.shown()
        assert (shown["status"], shown["health"]["held_at"]) == ("active", None)
        told = [each["type"] for each in await news(world.school_system, mark)]
        assert [each for each in told if each.startswith("webhook.")] == [
            "webhook.held", "webhook.resumed", "webhook.recovered",
        ]  # fmt: skip


async def test_what_has_failed_for_72_hours_is_held_as_broken(world: World) -> None:
    async with failing(world) as it:
        await it.publish(5)
        while await it.step():
            pass
        world.clock.advance(timedelta(hours=72))
        await it.step()
        shown = await it.shown()
        assert (shown["status"], shown["health"]["held_why"]) == ("held", "broken")


async def test_an_owner_holds_and_resumes_it_and_nobody_else(world: World) -> None:
    async with failing(world, OK) as it:
        assert (await it.post("hold", world.police_system)).status_code == 404
        assert (await it.post("resume")).status_code == 409
        held = await it.post("hold")
        assert (held.json()["status"], held.json()["health"]["held_why"]) == ("held", "by_owner")
        assert (await it.post("hold")).status_code == 409
        await it.publish(2)
        assert await it.step() == 0
        assert (await it.post("resume")).status_code == 200
        while await it.step():
            pass
        assert len(it.script.posted) == 2


async def test_429_slows_the_endpoint_and_not_only_the_message(world: World) -> None:
    asked = Answer("http_4xx", 429, retry_after="120")
    async with failing(world, asked) as it:
        await it.publish(6)
        assert await it.step() == 4
        assert await it.step() == 0
        health = await it.health()
        assert health["in_flight_at_most"] == 1
        assert (await it.shown())["status"] == "active"
        world.clock.advance(timedelta(seconds=119))
        assert await it.step() == 0
        it.script.answer = OK
        world.clock.advance(timedelta(minutes=5))
        assert [await it.step() for _ in range(3)] == [1, 2, 3]


async def test_an_exhausted_message_is_listed_and_its_owner_told(world: World) -> None:
    async with failing(world) as it:
        mark = await bookmark(world.school_system)
        await it.publish(1, severity="caution")
        for _ in range(10):
            it.script.answer = BROKEN
            assert await it.step() == 1
            it.script.answer = OK
            await it.publish(1)
            assert await it.step() == 1
            world.clock.advance(timedelta(days=2))
        shown = await it.shown()
        assert shown["progress"]["undeliverable"] == 1
        assert shown["status"] == "active"
        assert [each["outcome"] for each in shown["recent_attempts"]] == [
            "delivered", "http_5xx",
        ] * 5  # fmt: skip
        told = [each["type"] for each in await news(world.school_system, mark)]
        assert "webhook.undeliverable" in told


async def test_an_urgent_message_does_not_wait_for_four_routine_ones(world: World) -> None:
    async with failing(world, OK) as it:
        await it.publish(9, severity="caution")
        await fan_out(world.worker)
        assert await it.courier.step() == 3
        await it.publish(1)
        await fan_out(world.worker)
        assert await it.courier.step() >= 1
        await it.courier.drain()


async def test_a_long_queue_of_one_leaves_room_for_every_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.delivery.IN_FLIGHT", 4)
    async with (
        failing(world, OK) as it,
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.police_system, there, courier=courier) as other,
    ):
        await it.publish(9)
        await it.step()
        sent_for = {
            orjson.loads(each["body"])["data"]["subscription_id"] for each in it.script.posted
        }
        assert sent_for == {it.subscription["id"], other["id"]}
        await deliver(world, it.courier)
