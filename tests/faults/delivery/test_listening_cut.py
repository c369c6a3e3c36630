"""Notifications are only a hint: without them everything arrives, and the worker listens again."""

import asyncio
import random
import time
from typing import Any

import pytest

from tests.faults.deliveries import check_deliveries, check_order
from tests.faults.history import History, publish, publish_many
from tests.faults.proxy import proxy
from tests.faults.service import PATIENCE_SECONDS, Service, seed
from tests.faults.subscribers import settled, subscriber
from tests.faults.workers import working
from tests.posting import until

pytestmark = pytest.mark.anyio

CUTS = 3
LISTENING = """
    SELECT pid FROM pg_stat_activity WHERE usename = 'doorstep_worker'
       AND (query LIKE 'LISTEN %' OR query LIKE '%pg_notify%')
"""


async def listener(superuser: Any, *, other_than: int | None = None) -> int:
    """The connection on which the worker listens, once there is another one than that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = await superuser.fetchval(LISTENING)
        if found not in {None, other_than}:
            return int(found)
        assert time.monotonic() < deadline, "the worker does not listen any more"
        await asyncio.sleep(0.02)


async def test_a_worker_whose_listening_is_cut_goes_on_and_listens_again(
    service: Service, history: History
) -> None:
    chance = random.Random(seed())
    async with (
        working(service),
        subscriber(service, "police") as told,
        subscriber(service, "school") as other,
        service.superuser() as superuser,
    ):
        for _ in range(CUTS):
            publishing = asyncio.create_task(publish_many(service, history, chance, each=1))
            await history.until(len(history) + chance.randrange(1, 8))
            cut = await listener(superuser)
            await superuser.execute("SELECT pg_terminate_backend($1, 5000)", cut)
            await publishing
            await listener(superuser, other_than=cut)
        await settled(service, [told, other])
        await check_deliveries(service, history.published, [told, other])
        await check_order(service, told)


async def test_a_worker_that_is_never_notified_delivers_all_the_same(
    service: Service, history: History
) -> None:
    chance = random.Random(seed())
    async with (
        proxy(service.cluster.port) as (between, port),
        working(service, port=port),
        subscriber(service, "police") as told,
        subscriber(service, "school") as other,
    ):
        between.deaf = True
        await publish_many(service, history, chance, each=1)
        await settled(service, [told, other])
        assert between.swallowed > 0
        between.deaf = False
        heard = between.notified
        await publish(service, told.who, service.families[1], history)
        await until(lambda: between.notified > heard)
        await settled(service, [told, other])
        await check_deliveries(service, history.published, [told, other])
