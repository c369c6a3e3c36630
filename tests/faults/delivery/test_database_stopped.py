"""The database is stopped as by a power cut while deliveries are under way: worker and API go on
by themselves."""

import asyncio
import random

import pytest

from tests.faults.deliveries import check_deliveries
from tests.faults.history import History, publish_many
from tests.faults.service import Service, seed
from tests.faults.subscribers import settled, subscriber, taking_time
from tests.faults.workers import abandoned_soon, working

pytestmark = pytest.mark.anyio

STOPS = 2


async def test_deliveries_survive_a_database_that_stops_at_once(
    service: Service, history: History
) -> None:
    chance = random.Random(seed())
    async with (
        working(service),
        subscriber(service, "police", taking_time(chance)) as told,
        subscriber(service, "school", taking_time(chance)) as other,
    ):
        for _ in range(STOPS):
            publishing = asyncio.create_task(publish_many(service, history, chance, each=3))
            count = len(told.messages) + chance.randrange(1, 10)
            await told.receiving.until(lambda _, count=count: len(told.messages) >= count)
            await asyncio.to_thread(service.server.stop, immediately=True)
            await asyncio.to_thread(service.restart_database)
            await publishing
        async with abandoned_soon(service):  # claimed, and the answer to it lost
            await settled(service, [told, other], hurried=True)
        await check_deliveries(service, history.published, [told, other])
