"""What happens when the database drops connections that a process still holds."""

import asyncio
from typing import Any

import pytest

from tests.world import open_world

pytestmark = pytest.mark.anyio

LOSE_ALL = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'doorstep_api'
"""


async def test_each_costs_a_503_at_most_and_is_never_given_out_again(
    database_urls: dict[str, str], superuser: Any
) -> None:
    async with open_world(database_urls, pool_size=3) as world:
        who = world.health_visiting_system
        await who.token()
        await asyncio.gather(*(who.get("/v1/families") for _ in range(6)))
        await superuser.execute(LOSE_ALL)
        statuses = [(await who.get("/v1/families")).status_code for _ in range(8)]
    assert set(statuses) <= {200, 503}
    assert statuses[3:] == [200] * 5
