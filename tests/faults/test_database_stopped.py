"""The database is stopped as by a power cut while alerts are published, and comes back."""

import asyncio
import random

import pytest

from tests.faults.history import History, check, publish_many
from tests.faults.service import Service, seed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("number", [1, 2])
async def test_a_database_that_stops_at_once_loses_nothing_acknowledged(
    service: Service, history: History, number: int
) -> None:
    chance, before = random.Random(seed()), len(history)
    publishing = asyncio.create_task(publish_many(service, history, chance))
    await history.until(before + chance.randrange(5, 60))
    await asyncio.to_thread(service.server.stop, immediately=True)
    refused = history.refused
    await asyncio.to_thread(service.restart_database)
    await publishing
    assert history.refused + history.lost > 0, f"nobody noticed the stop after {refused}"
    await check(service, history)
