"""`kill -9` of the API while it publishes: what was acknowledged is there, and there once."""

import asyncio
import random

import pytest

from tests.faults.history import History, check, publish_many
from tests.faults.service import Service, seed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_killed_api_loses_and_doubles_nothing(
    service: Service, history: History, number: int
) -> None:
    chance, before = random.Random(seed()), len(history)
    publishing = asyncio.create_task(publish_many(service, history, chance))
    await history.until(before + chance.randrange(5, 80))
    service.api.kill()
    await service.restart_api()
    await publishing
    assert history.lost > 0, "nobody noticed the crash"
    await check(service, history)
