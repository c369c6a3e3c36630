"""Keys of a subscription: rotated with an overlap, shown once, and signing side by side."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, deliver, due_at, log_of, subscribed
from tests.receivers import receiver
from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


async def rotate(world: World, made: dict[str, Any], overlap_days: int = 1, **headers: str) -> Any:
    path = f"/v1/webhooks/{made['id']}"
    version = (await world.school_system.get(path)).json()["version"]
    given = {**etag({"version": version}), **headers}
    body = {"overlap_days": overlap_days}
    return await world.school_system.post(f"{path}/keys", body, headers=given)


def verifies(secret: str, message: dict[str, str]) -> bool:
    """By the reference library, at the time the message names."""
    signed = Webhook(secret).sign(
        message["webhook-id"], _moment(message["webhook-timestamp"]), message["body"]
    )
    return signed in message["webhook-signature"].split(" ")


def _moment(timestamp: str) -> Any:
    return datetime.fromtimestamp(int(timestamp), UTC)


async def test_both_keys_sign_until_the_overlap_ends(world: World) -> None:
    family = await shared_family(world)
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, scripted)
        rotated = (await rotate(world, made, 2)).json()
        assert rotated["secret"] != made["secret"]
        assert [each["public_key"] for each in rotated["keys"]] == [
            rotated["public_key"], made["public_key"],
        ]  # fmt: skip
        await publish(world, family)
        await deliver(world, scripted)
        world.clock.advance(timedelta(days=2, seconds=1))
        await publish(world, family)
        await deliver(world, scripted)
        old, both, new = script.posted
        assert [verifies(made["secret"], each) for each in (old, both, new)] == [True, True, False]
        assert [verifies(rotated["secret"], each) for each in (old, both, new)] == [
            False, True, True,
        ]  # fmt: skip
        tokens = both["webhook-signature"].split(" ")
        assert [each.split(",")[0] for each in tokens] == ["v1", "v1a", "v1", "v1a"]


async def test_a_retry_after_the_rotation_is_the_same_message_with_a_signature_that_holds(
    world: World,
) -> None:
    family = await shared_family(world)
    script = Scripted(Answer("http_5xx", 500))
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await scripted.step()
        await scripted.drain()
        rotated = (await rotate(world, made, 0)).json()
        world.clock.move_to(due_at((await log_of(world.school_system, made))[0]))
        await scripted.step()
        await scripted.drain()
        first, second = script.posted
        assert first["webhook-id"] == second["webhook-id"]
        assert first["body"] == second["body"]
        assert verifies(made["secret"], first)
        assert verifies(rotated["secret"], second)
        assert not verifies(made["secret"], second)


async def test_two_pairs_are_live_at_most(world: World, superuser: Any) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        assert (await rotate(world, made)).status_code == 201
        assert (await rotate(world, made)).status_code == 409
        at_once = await rotate(world, made, 0)
        assert (at_once.status_code, len(at_once.json()["keys"])) == (201, 1)
        secret = at_once.json()["secret"]
        row = await superuser.fetch(
            "SELECT * FROM subscription_keys WHERE subscription_id = $1", UUID(made["id"])
        )
        assert secret not in repr([dict(each) for each in row])
        shown = await world.school_system.get(f"/v1/webhooks/{made['id']}")
        assert secret not in shown.text


async def test_rotating_again_with_the_same_key_shows_the_same_secret(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        once = {"Idempotency-Key": str(uuid4())}
        path = f"/v1/webhooks/{made['id']}"
        version = (await world.school_system.get(path)).json()["version"]
        given = {**etag({"version": version}), **once}
        body = {"overlap_days": 1}
        answers = [
            await world.school_system.post(f"{path}/keys", body, headers=given) for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("days", [-1, 8, "1", None, 1.5])
async def test_an_overlap_is_between_0_and_7_days(world: World, days: Any) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        refused = await rotate(world, made, days)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/overlap_days"
