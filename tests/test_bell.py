"""The bell: a hint to every process that there is something new, and never more than a hint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from api.journal import bell as bell_module
from api.journal.bell import Bell
from tests.posting import until

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20
NOWHERE = "postgresql://doorstep_api:x@127.0.0.1:1/doorstep"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell_module, "RECONNECT_SECONDS", 0.02)


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Bell]:
    """A bell that listens: whoever waits when it connects is woken once."""
    made = Bell(url)
    async with made.waiting() as connected:
        task = asyncio.create_task(made.run())
        try:
            await heard(connected)
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def heard(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await event.wait()


@pytest.fixture
async def bells(database_urls: dict[str, str]) -> AsyncIterator[tuple[Bell, Bell]]:
    """The bells of an API process and of a worker."""
    async with (
        running(database_urls["doorstep_api"]) as ringing,
        running(database_urls["doorstep_worker"]) as listening,
    ):
        yield ringing, listening


async def test_another_process_is_woken_for_the_agency_that_rang_and_for_no_other(
    bells: tuple[Bell, Bell],
) -> None:
    ringing, listening = bells
    rung, silent, last = uuid4(), uuid4(), uuid4()
    async with (
        listening.waiting(rung) as woken,
        listening.waiting(silent) as asleep,
        listening.waiting() as anybody,
        listening.waiting(last) as end,
    ):
        ringing.ring([rung])
        await heard(woken)
        await heard(anybody)
        ringing.ring([last])
        await heard(end)
        assert not asleep.is_set()


async def test_the_ringing_process_wakes_its_own_waiters_too(bells: tuple[Bell, Bell]) -> None:
    agency = uuid4()
    async with bells[0].waiting(agency) as woken:
        bells[0].ring([agency])
        await heard(woken)


async def test_every_waiter_of_an_agency_is_woken(bells: tuple[Bell, Bell]) -> None:
    ringing, listening = bells
    agency = uuid4()
    async with AsyncExitStack() as stack:
        waiters = [await stack.enter_async_context(listening.waiting(agency)) for _ in range(5)]
        ringing.ring([agency])
        for each in waiters:
            await heard(each)


async def test_ringing_for_very_many_at_once_wakes_everybody(bells: tuple[Bell, Bell]) -> None:
    ringing, listening = bells
    async with listening.waiting(uuid4()) as woken:
        ringing.ring([uuid4() for _ in range(bell_module.MOST_NAMED + 1)])
        await heard(woken)


async def test_as_many_as_are_named_fit_into_one_notice(bells: tuple[Bell, Bell]) -> None:
    ringing, listening = bells
    agencies = [uuid4() for _ in range(bell_module.MOST_NAMED)]
    async with (
        listening.waiting(agencies[0]) as first,
        listening.waiting(agencies[-1]) as last,
        listening.waiting(uuid4()) as asleep,
    ):
        ringing.ring(agencies)
        await heard(first)
        await heard(last)
        assert not asleep.is_set()


async def test_ringing_for_nobody_says_nothing(bells: tuple[Bell, Bell]) -> None:
    ringing, listening = bells
    async with listening.waiting() as anybody:
        ringing.ring([])
        assert not ringing._wanted.is_set()
        assert not anybody.is_set()


async def test_a_waiter_that_left_is_forgotten(bells: tuple[Bell, Bell]) -> None:
    listening = bells[1]
    agency = uuid4()
    async with listening.waiting(agency):
        async with listening.waiting(agency):
            pass
        assert len(listening._waiters[str(agency)]) == 1
    assert str(agency) not in listening._waiters
    async with listening.waiting():
        assert len(listening._everyone) == 2
    assert len(listening._everyone) == 1


async def hang_up(superuser: Any) -> None:
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename IN ('doorstep_api', 'doorstep_worker')"
    )


async def test_a_lost_connection_is_made_anew_and_wakes_everybody_meanwhile(
    bells: tuple[Bell, Bell], superuser: Any
) -> None:
    ringing, listening = bells
    agency = uuid4()
    with capture_logs() as logs:
        async with listening.waiting(agency) as woken:
            await hang_up(superuser)
            await heard(woken)
            woken.clear()
            ringing.ring([agency])
            await heard(woken)
    assert {each["event"] for each in logs} == {"bell_connection_lost"}


async def test_what_rang_while_the_database_was_away_is_told_once_it_is_back(
    database_urls: dict[str, str],
) -> None:
    agency = uuid4()
    ringing = Bell(NOWHERE)
    async with running(database_urls["doorstep_worker"]) as listening:
        with capture_logs() as logs:
            task = asyncio.create_task(ringing.run())
            try:
                await until(lambda: logs)
                ringing.ring([agency])
                async with listening.waiting(agency) as woken:
                    ringing._url = database_urls["doorstep_api"]
                    await heard(woken)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def test_what_could_not_be_told_is_told_later(
    bells: tuple[Bell, Bell], monkeypatch: pytest.MonkeyPatch, superuser: Any
) -> None:
    ringing, listening = bells
    agency = uuid4()
    cut = asyncio.Event()
    notify = ringing._notify

    async def cut_off_first(connection: Any) -> None:
        if not cut.is_set():
            cut.set()
            connection.terminate()
        await notify(connection)

    monkeypatch.setattr(ringing, "_notify", cut_off_first)
    async with listening.waiting(agency) as woken:
        ringing.ring([agency])
        await heard(woken)
        assert cut.is_set()
