"""Two receivers come back from an outage to a long queue: one message at a time, then two, then
four, the urgent first, and never more."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest

from tests.faults.deliveries import check_deliveries, check_order
from tests.faults.history import History, Published, publish
from tests.faults.service import Service
from tests.faults.subscribers import Subscriber, hurry, settled, subscriber
from tests.faults.workers import working
from tests.posting import eventually, status_of, until
from tests.receivers import Request, response, take

pytestmark = pytest.mark.anyio

QUEUED = 600
REFUSED = 5  # in a row, and the breaker opens
WAITING = """
    SELECT count(*) FROM deliveries WHERE subscription_id = $1 AND status = 'pending'
"""
IN_FLIGHT = """
    SELECT count(*) FROM deliveries WHERE subscription_id = $1 AND status = 'sending'
"""


class Gate:
    """Refuses everything, then keeps everything waiting, then takes everything."""

    def __init__(self) -> None:
        self.refuses = True
        self.open = False
        self.most = 0
        self.waiting: list[asyncio.Event] = []

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.write(response(500))
            return
        answer = asyncio.Event()
        self.waiting.append(answer)
        self.most = max(self.most, len(self.waiting))
        if self.open:
            await asyncio.sleep(0)
        else:
            await answer.wait()
        self.waiting.remove(answer)
        await take(request, writer)

    def open_wide(self) -> None:
        self.open = True
        for answer in self.waiting:
            answer.set()


async def queue_up(service: Service, alert: Published) -> None:
    """Events about the alert, every second one urgent, by the statement that posts them all."""
    now = datetime.now(UTC).isoformat()
    postings = [
        {
            "id": str(uuid4()),
            "type": "alert.renewed",
            "priority": ("urgent", "routine")[number % 2],
            "occurred_at": now,
            "agency_id": None,
            "family_id": alert.family_id,
            "resource_type": "alert",
            "resource_id": alert.alert_id,
            "resource_version": 1,
            "recipients": [str(service.world.agencies[kind].id) for kind in ("police", "school")],
        }
        for number in range(QUEUED)
    ]
    async with service.superuser() as superuser:
        await superuser.execute("SELECT post_events($1)", orjson.dumps(postings).decode())


async def count(service: Service, query: str, told: Subscriber) -> int:
    async with service.superuser() as superuser:
        return int(await superuser.fetchval(query, UUID(told.id)))


async def come_back(service: Service, told: Subscriber, gate: Gate) -> None:
    """Answers one message after the other, and sees how many are sent at once."""
    for allowed in (1, 1, 2, 4):
        await until(lambda allowed=allowed: len(gate.waiting) == allowed)
        assert (gate.most, await count(service, IN_FLIGHT, told)) == (allowed, allowed)
        gate.waiting[0].set()
        await until(lambda first=gate.waiting[0]: first not in gate.waiting)
    gate.open_wide()


def check_urgent_first(messages: list[Request]) -> None:
    """When the first that is not urgent came, none that is was waiting: three were on the way."""
    queued = [each for each in messages if each.type == "alert.renewed"]
    urgent = [each.data["priority"] == "urgent" for each in queued]
    assert sum(urgent[urgent.index(False) :]) <= 3


async def test_a_long_queue_drains_the_urgent_first_and_tramples_nobody(
    service: Service, history: History
) -> None:
    async with (
        working(service),
        subscriber(service, "police") as one,
        subscriber(service, "school") as two,
    ):
        told, gates = [one, two], [Gate(), Gate()]
        await settled(service, told)
        for each, gate in zip(told, gates, strict=True):
            each.receiving.behaviour = gate
        for _ in range(REFUSED):
            await publish(service, one.who, service.families[1], history)
        for each in told:
            await eventually(lambda each=each: is_degraded(each))
        await queue_up(service, history.published[0])
        for each in told:
            await eventually(lambda each=each: is_queued(service, each))
        start = [len(each.messages) for each in told]
        for gate in gates:
            gate.refuses = False
        async with service.superuser() as superuser:
            await hurry(superuser, told)
        async with asyncio.TaskGroup() as group:
            for each, gate in zip(told, gates, strict=True):
                group.create_task(come_back(service, each, gate))
        await settled(service, told)
        assert [gate.most for gate in gates] == [4, 4]
        for each, first in zip(told, start, strict=True):
            check_urgent_first(each.messages[first:])
            await check_order(service, each)
        await check_deliveries(service, history.published, told)


async def is_degraded(told: Subscriber) -> bool:
    return await status_of(told.who, {"id": told.id}) == "degraded"


async def is_queued(service: Service, told: Subscriber) -> bool:
    return await count(service, WAITING, told) >= QUEUED
