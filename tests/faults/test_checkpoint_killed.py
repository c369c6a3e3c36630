"""`kill -9` of the worker while it makes the day's checkpoint: none, and then exactly one."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest

from api.journal import chain
from api.main import build_runtime
from tests.faults.service import PATIENCE_SECONDS, WORKERS, Process, Service
from tests.locks import COUNTER, held, waiters

pytestmark = pytest.mark.anyio

MADE = "SELECT count(*) FROM audit_checkpoints"
TOLD = "SELECT agency_id FROM inbox WHERE type = 'audit.checkpoint'"
NOTED = "SELECT count(*) FROM audit_entries WHERE action = 'audit.checkpoint'"


async def until_equal(superuser: Any, query: str, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while await superuser.fetchval(query) != wanted:
        assert time.monotonic() < deadline, query
        await asyncio.sleep(0.02)


async def seal(service: Service) -> None:
    """So that the first round of a worker finds something to sign."""
    world = service.world
    runtime, _ = build_runtime(world.runtime.settings, world.urls["doorstep_worker"])
    while await chain.seal(runtime):
        continue
    await runtime.database.close()


async def test_a_worker_killed_while_it_signs_leaves_nothing_and_two_others_make_one(
    service: Service,
) -> None:
    await seal(service)
    agencies = {each.id for each in service.world.agencies.values()}
    police: UUID = service.world.agencies["police"].id
    async with service.superuser() as superuser:
        async with held(service.world.urls["postgres"], COUNTER, police):
            service.worker.start()
            await waiters(superuser, 1)
            service.worker.kill()
        await until_equal(superuser, WORKERS, 0)
        assert (await superuser.fetchval(MADE), await superuser.fetchval(NOTED)) == (0, 0)
        assert await superuser.fetch(TOLD) == []
        others = [
            Process("worker", service.worker.environment, service.worker.log) for _ in range(2)
        ]
        try:
            for each in others:
                each.start()
            await until_equal(superuser, MADE, 1)
        finally:
            for each in others:
                each.stop()
        assert await superuser.fetchval(MADE) == await superuser.fetchval(NOTED) == 1
        told = [row["agency_id"] for row in await superuser.fetch(TOLD)]
        assert len(told) == len(set(told))
        assert set(told) == agencies
