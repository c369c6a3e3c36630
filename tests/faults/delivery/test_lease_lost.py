"""A worker that has stood still for longer than its lease: what it records then changes nothing."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.faults.deliveries import check_deliveries
from tests.faults.history import History, publish
from tests.faults.service import Service
from tests.faults.subscribers import Subscriber, settled, subscriber
from tests.faults.workers import working
from tests.receivers import Request, response, take

pytestmark = pytest.mark.anyio

END_LEASES = """
    UPDATE deliveries SET lease_until = now() WHERE subscription_id = $1 AND status = 'sending'
"""
STANDING = """
    SELECT to_jsonb(d) AS delivery, to_jsonb(h) AS health,
           array(SELECT to_jsonb(a) FROM attempts a WHERE a.delivery_id = d.id) AS attempts
      FROM deliveries d JOIN endpoint_health h USING (subscription_id)
     WHERE d.subscription_id = $1 AND d.position = $2
"""


class Held:
    """Keeps the first request waiting for its answer, and takes all others."""

    def __init__(self, status: int) -> None:
        self._status = status
        self.request: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        self.answer = asyncio.Event()

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.request.done():
            await take(request, writer)
            return
        self.request.set_result(request)
        await self.answer.wait()
        writer.write(response(self._status))


async def standing(service: Service, told: Subscriber, position: int) -> Any:
    async with service.superuser() as connection:
        return await connection.fetchrow(STANDING, UUID(told.id), position)


@pytest.mark.parametrize("late", [200, 410, 500])
async def test_who_stood_still_and_lost_the_lease_records_nothing(
    service: Service, history: History, late: int
) -> None:
    async with working(service) as (slow,), subscriber(service, "police") as told:
        await settled(service, [told])
        told.receiving.behaviour = held = Held(late)
        await publish(service, told.who, service.families[1], history)
        position = (await held.request).data["position"]
        slow.pause()
        async with service.superuser() as connection:
            await connection.execute(END_LEASES, UUID(told.id))
        async with working(service):
            await settled(service, [told])
        before = await standing(service, told, position)
        held.answer.set()
        slow.go_on()
        # What it records comes before whatever it claims next.
        await publish(service, told.who, service.families[1], history)
        await settled(service, [told])
        assert await standing(service, told, position) == before
        assert [each["number"] for each in map(orjson.loads, before["attempts"])] == [2]
        await check_deliveries(service, history.published, [told])
