"""The process, or its connection, is lost between the commit and the answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.faults.history import feed
from tests.faults.proxy import Proxy, Where, proxy
from tests.faults.service import Service, body_for

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def through_proxy(service: Service) -> AsyncIterator[Proxy]:
    """The API speaks to its database through the proxy, until the end of the test."""
    direct = service.api.environment["DOORSTEP_DATABASE_URL"]
    async with proxy(service.cluster.port) as (between, port):
        await asyncio.to_thread(service.api.stop)
        address = f"127.0.0.1:{service.cluster.port}"
        service.api.environment["DOORSTEP_DATABASE_URL"] = direct.replace(
            address, f"127.0.0.1:{port}"
        )
        await service.restart_api()
        try:
            yield between
        finally:
            await asyncio.to_thread(service.api.stop)
            service.api.environment["DOORSTEP_DATABASE_URL"] = direct
            await service.restart_api()


class Attempt:
    """One alert, asked for as often as need be with one key."""

    def __init__(self, service: Service) -> None:
        self.key = str(uuid4())
        self._who = service.world.police_system
        self._family = service.families[1]
        self._body = body_for(self._family)

    async def post(self) -> httpx.Response:
        path = f"/v1/families/{self._family['id']}/alerts"
        return await self._who.post(path, self._body, headers={"Idempotency-Key": self.key})


async def saved(service: Service, key: str) -> list[UUID]:
    """The alerts that were made with the key."""
    async with service.superuser() as connection:
        rows = await connection.fetch(
            "SELECT a.id FROM alerts a JOIN idempotency_keys k ON k.resource_id = a.id "
            "WHERE k.key = $1",
            key,
        )
    return [row["id"] for row in rows]


async def held(between: Proxy, attempt: Attempt, where: Where) -> "asyncio.Task[Any]":
    between.arm(attempt.key, where)
    posting = asyncio.create_task(attempt.post())
    async with asyncio.timeout(20):
        await between.held.wait()
    return posting


async def test_an_api_killed_after_the_commit_has_kept_the_answer_for_the_retry(
    service: Service,
) -> None:
    attempt = Attempt(service)
    async with through_proxy(service) as between:
        await service.world.police_system.token()
        posting = await held(between, attempt, "after")
        committed = await saved(service, attempt.key)
        service.api.kill()
        with pytest.raises(httpx.TransportError):
            await posting
        between.cut()
        await service.restart_api()
        retried = await attempt.post()
    assert len(committed) == 1
    assert (retried.status_code, retried.headers["Idempotency-Replayed"]) == (201, "true")
    assert UUID(retried.json()["id"]) == committed[0]
    assert retried.headers["Location"] == f"/v1/alerts/{committed[0]}"
    assert await saved(service, attempt.key) == committed
    told = [x["data"]["resource"]["id"] for x in await feed(service.world.school_system)]
    assert told.count(str(committed[0])) == 1


async def test_an_api_killed_before_the_commit_has_saved_nothing(service: Service) -> None:
    attempt = Attempt(service)
    async with through_proxy(service) as between:
        await service.world.police_system.token()
        posting = await held(between, attempt, "before")
        service.api.kill()
        with pytest.raises(httpx.TransportError):
            await posting
        between.cut()
        assert await saved(service, attempt.key) == []
        await service.restart_api()
        retried = await attempt.post()
    assert retried.status_code == 201
    assert "Idempotency-Replayed" not in retried.headers
    assert len(await saved(service, attempt.key)) == 1


async def test_a_connection_lost_at_the_commit_is_a_503_whose_retry_finds_what_was_saved(
    service: Service,
) -> None:
    attempt = Attempt(service)
    async with through_proxy(service) as between:
        await service.world.police_system.token()
        posting = await held(between, attempt, "after")
        between.cut()
        unknown = await posting
        retried = await attempt.post()
    assert (unknown.status_code, unknown.json()["code"]) == (503, "unavailable")
    assert "Nothing was changed" not in unknown.json()["detail"]
    assert (retried.status_code, retried.headers["Idempotency-Replayed"]) == (201, "true")
    assert len(await saved(service, attempt.key)) == 1
