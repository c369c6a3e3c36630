"""A result that cannot be recorded, now or ever, stops nothing else that a worker does."""

from typing import Any
from uuid import UUID

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.locks import held
from tests.posting import (
    LEASE_RAN_OUT,
    Scripted,
    courier_of,
    deliver,
    log_of,
    rows_of,
    sent,
    subscribed,
)
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

LOCK = "SELECT FROM subscriptions WHERE id = $1 FOR UPDATE"


async def test_whoever_has_locked_one_subscription_delays_no_other(
    world: World, superuser: Any
) -> None:
    """Such as a request to the API whose process hangs."""
    family = await shared_family(world)
    scripted = Scripted(Answer("http_5xx", 500))
    async with (
        receiver() as there,
        courier_of(world) as other,
        courier_of(world, scripted) as courier,
        subscribed(world, world.police_system, there, courier=other) as locked,
        subscribed(world, world.school_system, there, courier=other) as healthy,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await courier.step()
        await sent(courier)
        scripted.answer = Answer("delivered", 200)
        await publish(world, family)
        await fan_out(world.worker)
        async with held(world.urls["postgres"], LOCK, UUID(locked["id"])):
            assert await courier.step() >= 1
            await sent(courier)
            await courier.record()
            await courier.record_apart()
            first, second = await rows_of(superuser, healthy)
            assert (first["status"], second["status"]) == ("pending", "delivered")
            assert (await rows_of(superuser, locked))[0]["status"] == "sending"
        await courier.drain()
        assert (await rows_of(superuser, locked))[0]["status"] == "pending"
        entry = min(await log_of(world.police_system, locked), key=lambda each: each["position"])
        assert [each["outcome"] for each in entry["attempts"]] == ["http_5xx"]


async def test_what_can_never_be_recorded_is_sent_again_and_delays_no_other(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as other,
        courier_of(world, Scripted()) as courier,
        subscribed(world, world.school_system, there, courier=other) as made,
    ):
        for _ in range(2):
            await publish(world, family)
        await fan_out(world.worker)
        assert await courier.step() == 2
        await sent(courier)
        courier._results[0]["outcome"] = None  # which the table does not take
        assert await courier.step() == 0
        await courier.record_apart()
        assert [each["status"] for each in await rows_of(superuser, made)] == [
            "sending",
            "delivered",
        ]
        world.clock.advance(LEASE_RAN_OUT)
        await courier.record_apart()
        assert courier._apart == []
        await other.sweep()
        await deliver(world, other)
        assert {each["status"] for each in await rows_of(superuser, made)} == {"delivered"}


async def test_while_nothing_can_be_recorded_no_more_than_a_few_are_tried(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.delivery.FAILED_AT_MOST", 1)
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as other,
        courier_of(world, Scripted()) as courier,
        subscribed(world, world.school_system, there, courier=other) as made,
    ):
        for _ in range(2):
            await publish(world, family)
        await fan_out(world.worker)
        await courier.step()
        await sent(courier)
        first = courier._results[0]
        await superuser.execute("REVOKE INSERT ON attempts FROM doorstep_worker")
        try:
            await courier.record()
            await courier.record_apart()
        finally:
            await superuser.execute("GRANT INSERT ON attempts TO doorstep_worker")
        assert courier._apart[-1] is first
        assert {each["status"] for each in await rows_of(superuser, made)} == {"sending"}
        await courier.drain()
        assert {each["status"] for each in await rows_of(superuser, made)} == {"delivered"}


async def test_a_sender_that_breaks_has_made_an_attempt(world: World, superuser: Any) -> None:
    family = await shared_family(world)

    class Broken(Scripted):
        async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
            raise RuntimeError(await super().post(url, body, headers))

    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, Broken()) as broken,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        assert await broken.step() == 1
        await broken.drain()
        [row] = await rows_of(superuser, made)
        assert (row["status"], row["attempts"]) == ("pending", 1)
        [entry] = await log_of(world.school_system, made)
        assert [each["outcome"] for each in entry["attempts"]] == ["internal_error"]
