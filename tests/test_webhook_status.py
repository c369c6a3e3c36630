"""What `GET /v1/webhooks/{id}` says of one subscription, field by field."""

from datetime import datetime, timedelta

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, deliver, rows_of, subscribed
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_how_far_a_subscription_has_come(world: World, superuser: object) -> None:
    family = await shared_family(world)
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        path = f"/v1/webhooks/{made['id']}"
        nothing = {
            "last_sent": None, "last_confirmed": None, "waiting": 0, "waiting_since": None,
            "undeliverable": 0,
        }  # fmt: skip
        assert (await world.school_system.get(path)).json()["progress"] == nothing
        await publish(world, family)
        await deliver(world, scripted)
        script.answer = Answer("timeout")
        await publish(world, family)
        await fan_out(world.worker)
        since = world.clock.now()
        await scripted.step()
        await scripted.drain()
        world.clock.advance(timedelta(seconds=3))
        await publish(world, family)
        await fan_out(world.worker)
        positions = [each["position"] for each in await rows_of(superuser, made)]
        shown = (await world.school_system.get(path)).json()
        progress = shown["progress"]
        assert datetime.fromisoformat(progress.pop("waiting_since")) == since
        assert progress == {
            "last_sent": positions[1], "last_confirmed": positions[0], "waiting": 2,
            "undeliverable": 0,
        }  # fmt: skip
        recent = shown["recent_attempts"]
        assert [(each["http_status"], each["outcome"]) for each in recent] == [
            (None, "timeout"), (200, "delivered"), (200, "delivered"),
        ]  # fmt: skip
        assert set(recent[0]) == {"number", "started_at", "duration_ms", "http_status", "outcome"}
        assert all(isinstance(each["duration_ms"], int) for each in recent)
        assert (shown["status"], shown["health"]["failures_in_row"]) == ("active", 1)
        assert await scripted.step() == 1  # in flight: waits still
        shown = (await world.school_system.get(path)).json()
        assert (shown["progress"]["waiting"], shown["progress"]["last_sent"]) == (2, positions[2])
