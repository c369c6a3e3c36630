"""An agency leaves a family and comes back while alerts are published, and its receiver fails now
and then: once it has left, nothing of that family is sent to it, and no position is missing."""

import asyncio
import random
import time
from typing import Any
from uuid import UUID

import pytest

from tests.faults.deliveries import check_deliveries
from tests.faults.history import History, publish
from tests.faults.service import PATIENCE_SECONDS, Service, seed
from tests.faults.subscribers import Absence, Subscriber, hurry, settled, subscriber
from tests.faults.workers import working
from tests.leaving import leave
from tests.receivers import Behaviour, Request, response, take
from tests.world import join, shared_family

pytestmark = pytest.mark.anyio

ABSENCES, PACE_SECONDS = 3, 0.1
CLAIMED_BEFORE = """
    SELECT count(*) FROM deliveries WHERE subscription_id = $1 AND status = 'sending'
       AND lease_until - interval '30 seconds' <= to_timestamp($2)
"""


def failing_at_first(chance: random.Random) -> Behaviour:
    """Some messages, when they come for the first time."""
    known: set[int] = set()

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        position = request.data.get("position", 0)
        if position in known or chance.random() < 0.6:
            await take(request, writer)
        else:
            writer.write(response(500))
        known.add(position)

    return behave


async def stay_away(
    service: Service,
    told: Subscriber,
    family: dict[str, Any],
    history: History,
    chance: random.Random,
) -> Absence:
    """Leaves, comes back once alerts were published without it, and says when."""
    asked = time.time()
    await leave(told.who, family)
    left = time.time()
    async with service.superuser() as superuser:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while await superuser.fetchval(CLAIMED_BEFORE, UUID(told.id), left):
            assert time.monotonic() < deadline, "what was in flight never ends"
            await asyncio.sleep(0.005)
        gone = time.time()
        await hurry(superuser, [told])
    await history.until(len(history) + chance.randrange(3, 8))
    returning = time.time()
    joined = await join(service.world, family, told.who)
    assert joined.status_code == 201, joined.text
    return Absence(family["id"], asked, left, gone, returning, time.time())


async def publish_on(
    service: Service,
    family: dict[str, Any],
    history: History,
    chance: random.Random,
    enough: asyncio.Event,
) -> None:
    """By those who stay, one after the other and at a pace, until it is enough."""
    stayed = (service.world.health_visiting_system, service.world.police_system)
    while not enough.is_set():
        severity = chance.choice(("serious", "caution"))
        await publish(service, chance.choice(stayed), family, history, severity)
        await asyncio.sleep(PACE_SECONDS)


@pytest.mark.parametrize("number", [1, 2])
async def test_nothing_is_told_to_who_has_left(
    service: Service, history: History, number: int
) -> None:
    chance = random.Random(seed())
    async with (
        working(service),
        subscriber(service, "school", failing_at_first(chance)) as told,
        subscriber(service, "police") as other,
        subscriber(service, "probation") as outsider,
    ):
        everyone = [told, other, outsider]
        family = await shared_family(service.world)  # of which the school owns nothing
        enough = asyncio.Event()
        publishing = asyncio.create_task(publish_on(service, family, history, chance, enough))
        for _ in range(ABSENCES):
            await history.until(len(history) + chance.randrange(3, 8))
            told.absences.append(await stay_away(service, told, family, history, chance))
        await history.until(len(history) + chance.randrange(3, 8))
        enough.set()
        await publishing
        await settled(service, everyone, hurried=True)
        await check_deliveries(service, history.published, everyone)
