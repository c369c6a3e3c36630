"""A new subscription waits until its receiver has answered a signed challenge."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.posting import (
    courier_of,
    deliver,
    due_at,
    revoke,
    sent,
    status_of,
    subscribe,
    subscribed,
)
from tests.receivers import Request, answering, receiver, response
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_a_receiver_that_answers_the_challenge_is_activated(
    world: World, superuser: Any
) -> None:
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url, ["webhook.*"])
        await deliver(world, courier)
        challenge = there.requests[0]
        assert challenge.type == "webhook.verification"
        assert set(challenge.json) == {"type", "timestamp", "data"}
        assert set(challenge.data) == {"subscription_id", "challenge"}
        assert challenge.data["subscription_id"] == made["id"]
        assert await status_of(world.school_system, made) == "active"
        assert there.types == ["webhook.created", "webhook.activated"]
        log = await world.school_system.get(f"/v1/webhooks/{made['id']}/deliveries")
        first = log.json()["items"][-1]
        assert (first["kind"], first["position"], first["status"]) == (
            "verification", None, "delivered",
        )  # fmt: skip
        await revoke(world.school_system, made)


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"{}", b"[]", b"null", b'"x"', b'{"challenge":null}', b'{"challenge":"guess"}',
        b"not json", b"\xff\xfe", b"[" * 2000, b'{"challenge":"' + b"a" * 20_000 + b'"}',
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_echo_leaves_the_subscription_pending_and_is_asked_again(
    world: World, wrong: bytes
) -> None:
    async def behave(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, wrong))

    async with receiver(behave) as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url)
        await deliver(world, courier)
        assert await status_of(world.school_system, made) == "pending_verification"
        log = await world.school_system.get(f"/v1/webhooks/{made['id']}/deliveries")
        challenge = log.json()["items"][0]
        assert [each["outcome"] for each in challenge["attempts"]] == ["challenge_failed"]
        assert challenge["status"] == "pending"

        there.behaviour = answering(200)
        world.clock.move_to(due_at(challenge))
        await deliver(world, courier)
        assert await status_of(world.school_system, made) == "active"
        first, second = there.requests[:2]
        assert first.message_id == second.message_id
        assert first.data == second.data
        await revoke(world.school_system, made)


async def test_a_right_echo_with_an_error_status_does_not_verify(world: World) -> None:
    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        echo = orjson.dumps({"challenge": request.data["challenge"]})
        writer.write(response(500, echo))

    async with receiver(behave) as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url)
        await deliver(world, courier)
        assert await status_of(world.school_system, made) == "pending_verification"
        await revoke(world.school_system, made)


async def test_what_happens_before_activation_waits_for_it(world: World) -> None:
    async with receiver(answering(200)) as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url, ["alert.published"])
        family = await shared_family(world)
        alert = await publish(world, family)
        await deliver(world, courier)
        assert [each.data["resource"]["id"] for each in there.events] == [alert["id"]]
        await revoke(world.school_system, made)


async def test_what_happened_before_the_subscription_is_not_sent(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        await deliver(world, courier)
        assert there.events == []


async def test_a_challenge_answered_after_the_revocation_activates_nothing(world: World) -> None:
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url)
        assert await courier.step() == 1
        await sent(courier)
        await revoke(world.school_system, made)
        await courier.record()
        assert there.requests
        assert await status_of(world.school_system, made) == "revoked"
