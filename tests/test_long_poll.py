"""The feed's long poll: woken by a commit, patient without holding anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import Request

from api.alerts.deadlines import pass_deadlines
from api.events import routes
from api.main import create_app
from tests.conformance.scene import employ
from tests.posting import until
from tests.world import BASE_URL, Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio

LONGEST = 30


async def end_of(who: Caller) -> str:
    answer = await who.get("/v1/events", params={"limit": 200})
    assert len(answer.json()["items"]) < 200
    return str(answer.json()["next"])


@asynccontextmanager
async def waiting(
    world: World, who: Caller, after: str, wait: int = LONGEST
) -> AsyncIterator["asyncio.Task[httpx.Response]"]:
    """A long poll that has begun to wait."""
    agency = str(who.agency.id)
    already = len(world.runtime.bell._waiters.get(agency, ()))
    poll = asyncio.create_task(who.get("/v1/events", params={"after": after, "wait": wait}))
    try:
        await until(lambda: len(world.runtime.bell._waiters.get(agency, ())) > already)
        yield poll
    finally:
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)


async def answer_of(poll: "asyncio.Task[httpx.Response]") -> list[str]:
    async with asyncio.timeout(20):
        answer = await poll
    assert answer.status_code == 200, answer.text
    return [each["type"] for each in answer.json()["items"]]


@pytest.fixture
def no_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the bell can wake who waits."""
    monkeypatch.setattr(routes, "POLL_SECONDS", 3600.0)


@pytest.mark.usefixtures("no_polling")
async def test_a_waiting_reader_is_woken_by_the_commit(world: World) -> None:
    family = await shared_family(world)
    async with waiting(world, world.school_system, await end_of(world.school_system)) as poll:
        assert not poll.done()
        await publish(world, family)
        assert await answer_of(poll) == ["alert.published"]


@pytest.mark.usefixtures("no_polling")
async def test_every_waiting_reader_is_woken(world: World) -> None:
    family = await shared_family(world)
    school, police = world.school_system, world.police_system
    async with (
        waiting(world, school, await end_of(school)) as one,
        waiting(world, school, await end_of(school)) as two,
        waiting(world, police, await end_of(police)) as three,
    ):
        await publish(world, family)
        for poll in (one, two, three):
            assert await answer_of(poll) == ["alert.published"]


@pytest.mark.usefixtures("no_polling")
async def test_a_commit_of_the_worker_wakes_readers_of_the_api(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)
    who = world.health_visiting_system
    world.clock.advance(timedelta(hours=25))
    listening = asyncio.create_task(world.worker.bell.run())
    try:
        async with waiting(world, who, await end_of(who)) as poll:
            await pass_deadlines(world.worker)
            assert "alert.ratification_due" in await answer_of(poll)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.usefixtures("no_polling")
async def test_a_false_alarm_wakes_nobody_for_good(world: World) -> None:
    family = await shared_family(world)
    who = world.school_system
    async with waiting(world, who, await end_of(who)) as poll:
        world.runtime.bell.ring([who.agency.id])
        await shared_family_of_others(world)
        assert not poll.done()
        await publish(world, family)
        assert await answer_of(poll) == ["alert.published"]


async def shared_family_of_others(world: World) -> None:
    """Something that the school is not told of."""
    answer = await world.probation_system.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})
    assert answer.status_code == 201


async def test_a_reader_is_served_by_polling_when_the_bell_is_dumb(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(world.runtime.bell, "ring", lambda _agencies: None)
    family = await shared_family(world)
    async with waiting(world, world.school_system, await end_of(world.school_system)) as poll:
        await publish(world, family)
        assert await answer_of(poll) == ["alert.published"]


async def test_an_empty_answer_comes_when_the_wait_is_over(world: World) -> None:
    after = await end_of(world.school_system)
    answer = await world.school_system.get("/v1/events", params={"after": after, "wait": 1})
    body = answer.json()
    assert (answer.status_code, body["items"], body["next"]) == (200, [], after)


async def test_who_has_something_to_read_does_not_wait(world: World) -> None:
    await publish(world, await shared_family(world))
    async with asyncio.timeout(20):
        answer = await world.school_system.get("/v1/events", params={"wait": LONGEST})
    assert answer.json()["items"]


async def test_a_reader_that_hangs_up_is_forgotten(world: World) -> None:
    agency = str(world.school_system.agency.id)
    async with waiting(world, world.school_system, await end_of(world.school_system)):
        assert world.runtime.bell._waiters[agency]
    assert agency not in world.runtime.bell._waiters


async def test_waiting_readers_hold_no_connection_to_the_database(world: World) -> None:
    narrow = create_app(
        world.runtime.settings.model_copy(update={"pool_size": 1}),
        world.urls["doorstep_api"],
        clock=world.clock,
    )
    transport = httpx.ASGITransport(narrow)
    async with (
        narrow.router.lifespan_context(narrow),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http,
    ):
        headers = {"Authorization": f"Bearer {await world.school_system.token()}"}
        after = await end_of(world.school_system)

        def ask(**query: Any) -> Any:
            return http.get("/v1/events", params={"after": after, **query}, headers=headers)

        polls = [asyncio.create_task(ask(wait=LONGEST)) for _ in range(20)]
        waiters = narrow.state.runtime.bell._waiters
        await until(lambda: len(waiters.get(str(world.school_system.agency.id), ())) == 20)
        for _ in range(3):
            assert (await ask()).status_code == 200
        assert not any(each.done() for each in polls)
        for each in polls:
            each.cancel()
        await asyncio.gather(*polls, return_exceptions=True)


@pytest.mark.usefixtures("no_polling")
async def test_whoever_will_be_refused_does_not_wait(world: World) -> None:
    chair = await employ(world, "school", "only-a-chair", ["chair"])
    async with asyncio.timeout(20):
        refused = await chair.get("/v1/events", params={"wait": LONGEST})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.usefixtures("no_polling")
async def test_one_request_too_many_of_an_agency_is_answered_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_WAITING", 1)
    end = await end_of(world.school_system)
    async with waiting(world, world.school_system, end), asyncio.timeout(20):
        answer = await world.school_system.get("/v1/events", params={"after": end, "wait": 30})
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_a_reader_that_is_gone_is_waited_for_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_request: Request) -> bool:
        return True

    monkeypatch.setattr(Request, "is_disconnected", gone)
    end = await end_of(world.school_system)
    async with asyncio.timeout(20):
        answer = await world.school_system.get("/v1/events", params={"after": end, "wait": 30})
    assert answer.json()["items"] == []
