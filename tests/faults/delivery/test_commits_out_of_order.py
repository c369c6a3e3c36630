"""Transactions of publishers stay open for a while, before and after they take their positions,
and some are lost there: who begins first seldom commits first, and no position is skipped."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from tests.faults.deliveries import check_deliveries
from tests.faults.history import History, publish_many
from tests.faults.service import Service, seed
from tests.faults.subscribers import settled, subscriber
from tests.faults.workers import working

pytestmark = pytest.mark.anyio

LOSSES = 3
DAWDLE = """
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(random() * TG_ARGV[0]::float);
        RETURN NULL;
    END $$;
    CREATE TRIGGER dawdle_first AFTER INSERT ON alerts
        FOR EACH ROW EXECUTE FUNCTION dawdle(0.3);
    CREATE CONSTRAINT TRIGGER dawdle_last AFTER INSERT ON alerts DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle(0.05)
"""
HURRY_UP = "DROP FUNCTION dawdle CASCADE"
LOSE_ONE = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE usename = 'doorstep_api' AND query LIKE 'COMMIT%' AND state = 'active' LIMIT 1
"""
IN_ORDER = """
    SELECT occurred_at FROM inbox WHERE agency_id = $1 AND type = 'alert.published'
     ORDER BY position DESC LIMIT $2
"""


@asynccontextmanager
async def dawdling(service: Service) -> AsyncIterator[None]:
    async with service.superuser() as superuser:
        await superuser.execute(DAWDLE)
        try:
            yield
        finally:
            await superuser.execute(HURRY_UP)


async def lose_some(service: Service, publishing: "asyncio.Task[None]") -> None:
    """Connections of publishers, at their commit."""
    lost = 0
    async with service.superuser() as superuser:
        while lost < LOSSES and not publishing.done():
            lost += bool(await superuser.fetchval(LOSE_ONE))
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [1, 2])
async def test_no_event_is_skipped_when_who_began_later_commits_first(
    service: Service, history: History, number: int
) -> None:
    chance = random.Random(seed())
    async with (
        working(service, 2),
        subscriber(service, "health_visiting") as told,
        subscriber(service, "school") as other,
    ):
        async with dawdling(service), asyncio.TaskGroup() as group:
            publishing = group.create_task(publish_many(service, history, chance, each=4))
            group.create_task(lose_some(service, publishing))
        await settled(service, [told, other])
        await check_deliveries(service, history.published, [told, other])
        async with service.superuser() as superuser:
            rows = await superuser.fetch(IN_ORDER, told.who.agency.id, len(history))
        assert any(one["occurred_at"] < other["occurred_at"] for one, other in pairwise(rows))
        assert history.refused > 0, "no commit was lost"
