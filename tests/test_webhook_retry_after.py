"""Whatever a receiver asks for in `Retry-After`, an attempt is recorded and the next is in time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, rows_of, subscribed
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
FIRST_DELAY = timedelta(seconds=6)  # 5 seconds and the jitter
ASKED = {
    "120": timedelta(seconds=120),
    "7200": HOUR,
    "999999999": HOUR,
    "Mon, 23 Nov 2026 10:02:00 GMT": timedelta(minutes=2),
    "Fri, 31 Dec 9999 23:59:59 GMT": HOUR,
}
NONSENSE = [None, "0", "-5", "inf", "1e30", "Mon, 01 Jan 0001 00:00:00 GMT"]


async def after_one(
    world: World, superuser: Any, status: int, retry_after: str | None
) -> tuple[timedelta, datetime | None, int]:
    """When it is due again, until when all of the endpoint waits, and how many may be in flight."""
    family = await shared_family(world)
    asking = Scripted(Answer(f"http_{status // 100}xx", status, retry_after=retry_after))
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, asking) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        assert await scripted.step() == 1
        await scripted.drain()
        [row] = await rows_of(superuser, made)
        assert (row["status"], row["attempts"]) == ("pending", 1)
        health = await superuser.fetchrow(
            "SELECT slow_until, allowed FROM endpoint_health WHERE subscription_id = $1",
            row["subscription_id"],
        )
        return row["due_at"] - world.clock.now(), health["slow_until"], health["allowed"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "waits"), ASKED.items())
async def test_what_is_asked_for_is_granted_up_to_an_hour(
    world: World, superuser: Any, status: int, asked: str, waits: timedelta
) -> None:
    world.clock.move_to(datetime.fromisoformat("2026-11-23T10:00:00+00:00"))
    due, slow_until, allowed = await after_one(world, superuser, status, asked)
    assert due == waits
    slowed = (world.clock.now() + waits, 1) if status == 429 else (None, 4)
    assert (slow_until, allowed) == slowed


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", NONSENSE)
async def test_nonsense_neither_hastens_nor_delays(
    world: World, superuser: Any, status: int, asked: str | None
) -> None:
    due, slow_until, allowed = await after_one(world, superuser, status, asked)
    assert timedelta(seconds=4) <= due <= FIRST_DELAY
    slowed = (world.clock.now() + timedelta(seconds=5), 1) if status == 429 else (None, 4)
    assert (slow_until, allowed) == slowed
