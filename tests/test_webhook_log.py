"""The delivery log: every attempt with its outcome, in pages that neither skip nor repeat."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from api.webhooks.replays.queueing import queue_replays
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, deliver, log_of, rows_of, subscribed
from tests.receivers import answering, receiver
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_every_attempt_is_logged_with_its_outcome_and_no_body(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(503, b"CANARY")) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        first = world.clock.now()
        there.behaviour = answering(202)
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
        path = f"/v1/webhooks/{made['id']}/deliveries"
        answer = await world.school_system.get(path)
        assert "CANARY" not in answer.text
        entry = answer.json()["items"][0]
        assert set(entry) == {
            "id", "kind", "priority", "position", "status", "due_at", "attempts",
        }  # fmt: skip
        assert (entry["kind"], entry["priority"], entry["status"]) == (
            "event", "urgent", "delivered",
        )  # fmt: skip
        assert entry["position"] == there.events[0].data["position"]
        found = [
            (each["number"], each["http_status"], each["outcome"]) for each in entry["attempts"]
        ]
        assert found == [(1, 503, "http_5xx"), (2, 202, "delivered")]
        assert entry["attempts"][0]["started_at"] == first.isoformat().replace("+00:00", "Z")
        assert all(each["duration_ms"] >= 0 for each in entry["attempts"])


async def test_an_attempt_without_an_answer_has_no_status(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("timeout"))) as failing,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, failing)
        attempt = (await log_of(world.school_system, made))[0]["attempts"][0]
        assert (attempt["http_status"], attempt["outcome"]) == (None, "timeout")


async def pages(who: Caller, path: str, between: Any = None) -> list[str]:
    """The ids of the whole log, two at a time by `next`; `between` runs after the first page."""
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await who.get(path, params={"limit": 2, **cursor})
        assert page.status_code == 200, page.text
        body = page.json()
        found += [each["id"] for each in body["items"]]
        if body["next"] is None:
            assert "link" not in page.headers
            return found
        assert page.headers["link"].endswith('; rel="next"')
        cursor = {"cursor": body["next"]}
        if between is not None:
            await between()
            between = None


async def test_the_log_pages_newest_first_without_skipping_or_repeating(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        path = f"/v1/webhooks/{made['id']}/deliveries"

        async def publish_some() -> None:
            for _ in range(3):
                world.clock.advance(timedelta(seconds=1))
                await publish(world, family)
                await deliver(world, courier)

        await publish_some()
        await publish_some()
        before = [each["id"] for each in (await world.school_system.get(path)).json()["items"]]
        assert len(before) == 7
        seen = await pages(world.school_system, path, between=publish_some)
        assert seen == before
        after = (await world.school_system.get(path)).json()["items"]
        times = [each["due_at"] for each in after]
        assert times == sorted(times, reverse=True)
        assert [each["id"] for each in after][-7:] == before


async def test_deliveries_of_one_moment_are_paged_one_by_one(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(7):
            await publish(world, family)
        await deliver(world, courier)
        path = f"/v1/webhooks/{made['id']}/deliveries"
        seen = await pages(world.school_system, path)
        assert len(seen) == len(set(seen)) == 8


async def test_a_cursor_of_another_log_is_refused(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as one,
        subscribed(world, world.school_system, there, courier=courier) as other,
    ):
        await publish(world, family)
        await deliver(world, courier)
        path = "/v1/webhooks/{}/deliveries"
        page = await world.school_system.get(path.format(one["id"]), params={"limit": 1})
        for cursor in (page.json()["next"], "nonsense"):
            refused = await world.school_system.get(
                path.format(other["id"]), params={"cursor": cursor}
            )
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
        for limit in (0, 201):
            refused = await world.school_system.get(path.format(one["id"]), params={"limit": limit})
            assert refused.status_code == 400


async def exhaust(world: World, superuser: Any, severity: str) -> dict[str, Any]:
    """Fails every attempt until there is no other; the delivery as it stands then."""
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family, severity=severity)
        await deliver(world, failing)
        row = (await rows_of(superuser, made))[0]
        while row["status"] == "pending":
            world.clock.move_to(row["due_at"])
            await deliver(world, failing)
            row = (await rows_of(superuser, made))[0]
        world.clock.advance(timedelta(days=2))
        await deliver(world, failing)
        assert (await rows_of(superuser, made))[0] == row
        assert (await log_of(world.school_system, made))[0]["status"] == "undeliverable"
    return row


async def test_a_routine_message_is_undeliverable_after_ten_attempts(
    world: World, superuser: Any
) -> None:
    row = await exhaust(world, superuser, "caution")
    assert (row["status"], row["attempts"]) == ("undeliverable", 10)
    assert row["finished_at"] - row["first_due_at"] > timedelta(days=2)


async def test_an_urgent_message_is_undeliverable_after_three_days(
    world: World, superuser: Any
) -> None:
    row = await exhaust(world, superuser, "serious")
    assert row["status"] == "undeliverable"
    lasted = row["finished_at"] - row["first_due_at"]
    assert timedelta(hours=72) <= lasted < timedelta(hours=74)
    assert row["attempts"] > 60


async def test_attempts_and_the_time_to_a_receiver_are_counted(world: World) -> None:
    def counted(outcome: str, priority: str = "urgent") -> float:
        labels = {"priority": priority, "outcome": outcome}
        return REGISTRY.get_sample_value("doorstep_delivery_attempts_total", labels) or 0

    def observed(kind: str) -> float:
        return (
            REGISTRY.get_sample_value(f"doorstep_delivery_seconds_{kind}", {"priority": "urgent"})
            or 0
        )

    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        before = [counted("http_5xx"), counted("delivered"), observed("count"), observed("sum")]
        await publish(world, family)
        await deliver(world, courier)
        there.behaviour = answering(200)
        world.clock.advance(timedelta(seconds=10))
        await deliver(world, courier)
        after = [counted("http_5xx"), counted("delivered"), observed("count"), observed("sum")]
        assert [now - then for then, now in zip(before, after, strict=True)] == [1, 1, 1, 10]


async def test_what_is_replayed_is_no_late_delivery(world: World) -> None:
    def observed() -> float:
        name = "doorstep_delivery_seconds_count"
        return REGISTRY.get_sample_value(name, {"priority": "urgent"}) or 0

    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        before = observed()
        world.clock.advance(timedelta(days=2))
        begins = there.events[0].data["position"]
        path = f"/v1/webhooks/{made['id']}/replays"
        body = {"which": "all", "from_position": begins}
        assert (await world.school_system.post(path, body)).status_code == 201
        assert await queue_replays(world.worker) == 1
        await deliver(world, courier)
        assert len(there.events) == 2
        assert observed() == before
