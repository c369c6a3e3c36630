"""Three hours, and not a second more; a review that nobody made is told of, and suspends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.families.break_glass.deadlines import BATCH, tell_overdue_reviews
from api.main import build_runtime
from tests.breaking import banner, end, listed, opened, pass_time, read, review, try_to_open
from tests.conformance.scene import employ
from tests.involving import bookmarks, heard, news, problem
from tests.world import World, open_world, publish, register, shared_family

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
OVERDUE = ["break_glass.review_overdue"]


@pytest.fixture
async def empty(database_urls: dict[str, str], superuser: Any) -> dict[str, str]:
    """For a partnership of its own for each test: a suspension reaches far."""
    await superuser.execute("TRUNCATE agencies, families, inbox, inbox_counters, events CASCADE")
    return database_urls


@pytest.fixture
async def world(empty: dict[str, str]) -> AsyncIterator[World]:
    async with open_world(empty) as opened:
        await employ(opened, "health_visiting", "iris", ["information_governance"])
        yield opened


async def test_it_opens_for_three_hours_and_not_a_second_more(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    grant = await opened(world.lena, family)
    paths = [f"/v1/families/{family['id']}/banner", f"/v1/families/{family['id']}/alerts"]
    paths.append(f"/v1/alerts/{alert['id']}")
    world.clock.advance(timedelta(hours=3) - SECOND)
    assert {(await world.lena.get(each)).status_code for each in paths} == {200}
    assert (await read(grant, world.lena))["state"] == "open"
    world.clock.advance(SECOND)
    assert {(await world.lena.get(each)).status_code for each in paths} == {404}
    assert (await read(grant, world.lena))["state"] == "unreviewed"
    problem(await end(grant, world.lena), 409, "conflict")
    assert (await try_to_open(world.lena, family)).status_code == 201


async def test_the_hours_and_the_days_are_settings(empty: dict[str, str]) -> None:
    given = {"break_glass_hours": 1, "review_break_glass_working_days": 5}
    async with open_world(empty, **given) as world:
        grant = await opened(world.lena, await register(world))
        now = world.clock.now()
        assert datetime.fromisoformat(grant["expires_at"]) == now + timedelta(hours=1)
        due = datetime.fromisoformat(grant["review_due"])
        assert due == datetime(2026, 12, 1, tzinfo=UTC)  # the close of Monday the 30th


async def test_what_nobody_reviewed_is_told_of_once_and_suspends_the_client(
    world: World,
) -> None:
    grant = await opened(world.lena, await register(world))
    due = datetime.fromisoformat(grant["review_due"])
    await pass_time(world, due - SECOND - world.clock.now())
    marks = await bookmarks(world)
    another = await opened(world.victor, await register(world))
    await pass_time(world, SECOND)
    assert await heard(world, marks, grant["id"]) == dict.fromkeys(
        ("health_visiting", "probation"), OVERDUE
    )
    event = (await news(world.probation_system, marks["probation"]))[-1]
    assert (event["type"], event["data"]["priority"]) == (*OVERDUE, "urgent")
    await pass_time(world, timedelta(hours=1))
    assert await heard(world, marks, grant["id"]) == dict.fromkeys(
        ("health_visiting", "probation"), OVERDUE
    )
    found = await read(grant, world.iris)
    assert (found["review_overdue"], found["state"]) == (True, "unreviewed")
    assert not (await read(another, world.iris))["review_overdue"]
    for who in (world.lena, world.victor):  # whoever they are: it is the client's
        problem(await try_to_open(who, await register(world)), 403, "break_glass_suspended")


async def test_it_says_nothing_of_a_family_to_a_client_that_is_suspended(world: World) -> None:
    family = await shared_family(world)
    await opened(world.lena, await register(world))
    world.clock.advance(timedelta(days=5))
    nowhere = {"id": "00000000-0000-4000-8000-000000000000"}
    for asked in (family, nowhere):
        problem(await try_to_open(world.lena, asked), 403, "break_glass_suspended")


async def test_it_does_not_need_the_worker_to_suspend(world: World) -> None:
    await opened(world.lena, await register(world))
    world.clock.advance(timedelta(days=5))
    problem(await try_to_open(world.lena, await register(world)), 403, "break_glass_suspended")


async def test_the_review_restores_the_right(world: World) -> None:
    first = await opened(world.lena, await register(world))
    second = await opened(world.victor, await register(world))
    await pass_time(world, timedelta(days=5))
    family = await register(world)
    assert (await review(first, world.iris)).status_code == 200
    problem(await try_to_open(world.lena, family), 403, "break_glass_suspended")
    assert (await review(second, world.iris, outcome="not_justified")).status_code == 200
    assert (await try_to_open(world.lena, family)).status_code == 201
    assert not (await read(first, world.iris))["review_overdue"]


async def test_another_agency_s_clients_are_not_suspended(world: World) -> None:
    family = await register(world)
    await opened(world.lena, await register(world))
    await pass_time(world, timedelta(days=5))
    assert (await try_to_open(world.jonas, family)).status_code == 201


async def test_what_is_open_when_its_client_is_suspended_stays_open(world: World) -> None:
    early = await opened(world.lena, await register(world))
    due = datetime.fromisoformat(early["review_due"])
    world.clock.advance(due - timedelta(hours=1) - world.clock.now())
    family = await register(world)
    await opened(world.victor, family)
    await pass_time(world, timedelta(hours=2))
    assert (await banner(world.victor, family)).status_code == 200


async def test_what_was_reviewed_in_time_is_never_told_of(world: World) -> None:
    grant = await opened(world.lena, await register(world))
    assert (await review(grant, world.iris)).status_code == 200
    marks = await bookmarks(world)
    await pass_time(world, timedelta(days=30))
    assert await heard(world, marks, grant["id"]) == {}


async def test_two_workers_at_once_tell_of_nothing_twice(world: World, superuser: Any) -> None:
    await opened(world.lena, await register(world))
    await superuser.execute(
        "INSERT INTO break_glasses SELECT gen_random_uuid(), family_id, agency_id, client_id, "
        "practitioner_id, reason_code, reason, opened_at, expires_at, ended_at, review_due, "
        "NULL, NULL, NULL, NULL, NULL, 1 FROM break_glasses, generate_series(1, $1::int)",
        BATCH,
    )
    world.clock.advance(timedelta(days=5))
    settings = world.runtime.settings
    other, _ = build_runtime(settings, world.urls["doorstep_worker"], clock=world.clock)
    try:
        workers = (world.worker, other, world.worker, other)
        told = await asyncio.gather(*(tell_overdue_reviews(each) for each in workers))
        told += [await tell_overdue_reviews(world.worker) for _ in range(2)]
    finally:
        await other.database.close()
    assert sum(told) == BATCH + 1
    events = "SELECT count(*) FROM events WHERE type = 'break_glass.review_overdue'"
    assert await superuser.fetchval(events) == BATCH + 1
    assert len(await listed(world.iris, limit=200)) == BATCH + 1
