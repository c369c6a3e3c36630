"""Who reads unusually many families in a short time is noticed; a system never is."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.foundation.ids import new_id
from api.main import build_runtime
from api.overview.unusual_reading.deadlines import tell_unusual_reading
from api.overview.unusual_reading.rules import MANY_OPENED
from tests.breaking import banner, opened
from tests.involving import bookmark, news, types
from tests.world import Caller, World, open_world, publish, register

pytestmark = pytest.mark.anyio

MANY = 4
MINUTE = timedelta(minutes=1)
TOLD = ["practitioner.reads_many"]


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> Any:
    """Where four families in ten minutes are many."""
    async with open_world(database_urls, many_families=MANY) as opened:
        yield opened


@pytest.fixture
async def families(world: World) -> list[dict[str, Any]]:
    """Read by nobody, and long after whatever was read before."""
    made = [await register(world) for _ in range(MANY + 1)]
    world.clock.advance(timedelta(hours=5))
    while await tell_unusual_reading(world.worker):
        world.clock.advance(timedelta(hours=5))
    return made


async def read_all(who: Caller, families: list[dict[str, Any]]) -> None:
    for each in families:
        assert (await banner(who, each)).status_code == 200


async def id_of(superuser: Any, who: Caller) -> UUID:
    found: UUID = await superuser.fetchval(
        "SELECT id FROM practitioners WHERE staff_id = $1 AND agency_id = $2",
        who.staff_id,
        who.agency.id,
    )
    return found


async def test_the_person_s_own_agency_is_told_and_no_other(
    world: World, superuser: Any, families: list[dict[str, Any]]
) -> None:
    marks = {kind: await bookmark(world.people[f"{kind}_system"]) for kind in world.agencies
             if kind != "operator"}  # fmt: skip
    await read_all(world.amina, families[:MANY])
    assert await tell_unusual_reading(world.worker) == 1
    told = {kind: await news(world.people[f"{kind}_system"], mark) for kind, mark in marks.items()}
    [event] = told.pop("health_visiting")
    assert [each for each in told.values() if each] == []
    amina = await id_of(superuser, world.amina)
    assert (event["type"], event["data"]["family_id"]) == (*TOLD, None)
    assert event["data"]["resource"] == {
        "type": "practitioner",
        "id": str(amina),
        "version": None,
        "url": None,
    }
    entry = await superuser.fetchrow(
        "SELECT agency_id, details FROM audit_entries WHERE action = $1 AND resource_id = $2 "
        "ORDER BY id DESC LIMIT 1",
        *TOLD,
        amina,
    )
    assert (entry["agency_id"], json.loads(entry["details"])) == (None, {"families": MANY})


async def test_fewer_are_not_many_however_often_they_are_read(
    world: World, families: list[dict[str, Any]]
) -> None:
    for _ in range(3):
        await read_all(world.amina, families[: MANY - 1])
    assert await tell_unusual_reading(world.worker) == 0
    await read_all(world.ruth, families[MANY - 1 :])  # another person's are not hers
    assert await tell_unusual_reading(world.worker) == 0


async def test_a_system_is_never_noticed(world: World, families: list[dict[str, Any]]) -> None:
    await read_all(world.health_visiting_system, families)
    assert await tell_unusual_reading(world.worker) == 0


async def test_to_write_on_many_families_is_not_to_read_them(
    world: World, families: list[dict[str, Any]]
) -> None:
    for each in families:
        await publish(world, each, world.amina)
    assert await tell_unusual_reading(world.worker) == 0


async def test_what_was_refused_was_not_read(world: World, families: list[dict[str, Any]]) -> None:
    for each in families:
        assert (await banner(world.lena, each)).status_code == 404
    assert await tell_unusual_reading(world.worker) == 0


async def test_ten_minutes_are_a_short_time_and_more_are_not(
    world: World, families: list[dict[str, Any]]
) -> None:
    await read_all(world.amina, families[:1])
    world.clock.advance(10 * MINUTE)
    await read_all(world.amina, families[1:MANY])
    assert await tell_unusual_reading(world.worker) == 0
    await read_all(world.amina, families[:1])
    world.clock.advance(9 * MINUTE)
    assert await tell_unusual_reading(world.worker) == 1


async def test_once_an_hour_for_each_person(world: World, families: list[dict[str, Any]]) -> None:
    mark = await bookmark(world.health_visiting_system)
    await read_all(world.amina, families)
    assert await tell_unusual_reading(world.worker) == 1
    for _ in range(5):
        world.clock.advance(10 * MINUTE)
        await read_all(world.amina, families)
        assert await tell_unusual_reading(world.worker) == 0
    await read_all(world.ruth, families)
    assert await tell_unusual_reading(world.worker) == 1
    world.clock.advance(10 * MINUTE)
    await read_all(world.amina, families)
    assert await tell_unusual_reading(world.worker) == 1
    assert types(await news(world.health_visiting_system, mark)) == TOLD * 3


async def test_two_workers_at_once_tell_once(world: World, families: list[dict[str, Any]]) -> None:
    await read_all(world.amina, families)
    other, _ = build_runtime(
        world.runtime.settings, world.urls["doorstep_worker"], clock=world.clock
    )
    try:
        workers = (world.worker, other, world.worker, other)
        told = await asyncio.gather(*(tell_unusual_reading(each) for each in workers))
    finally:
        await other.database.close()
    assert sum(told) == 1


async def test_a_page_of_all_alerts_counts_for_the_families_on_it(
    world: World, families: list[dict[str, Any]]
) -> None:
    for each in families[:MANY]:
        await publish(world, each)
    few = await world.amina.get("/v1/alerts", params={"limit": MANY - 1})
    assert len(few.json()["items"]) == MANY - 1
    assert await tell_unusual_reading(world.worker) == 0
    assert (await world.amina.get("/v1/alerts", params={"limit": MANY})).status_code == 200
    assert await tell_unusual_reading(world.worker) == 1


async def test_a_lookup_of_many_banners_counts_for_the_families_it_showed(
    world: World, superuser: Any, families: list[dict[str, Any]]
) -> None:
    """As its entry in the audit says, whichever table of local ids it came from."""
    who = await id_of(superuser, world.amina)
    for shown in (families[: MANY - 1], families[:MANY]):
        assert await tell_unusual_reading(world.worker) == 0
        await superuser.execute(
            "INSERT INTO audit_entries (id, recorded_at, agency_id, practitioner_id, action, "
            "outcome, details) VALUES ($1, $2, $3, $4, 'banners.looked_up', 'allowed', $5)",
            new_id(),
            world.clock.now(),
            world.amina.agency.id,
            who,
            json.dumps({"families": [each["id"] for each in shown], "unknown": 3}),
        )
    assert await tell_unusual_reading(world.worker) == 1


async def test_three_opened_by_break_glass_are_many(
    world: World, families: list[dict[str, Any]]
) -> None:
    mark = await bookmark(world.probation_system)
    for each in families[: MANY_OPENED - 1]:
        await opened(world.lena, each)
        world.clock.advance(60 * MINUTE)
    assert await tell_unusual_reading(world.worker) == 0
    await opened(world.lena, families[MANY_OPENED - 1])
    assert await tell_unusual_reading(world.worker) == 1
    assert types(await news(world.probation_system, mark))[-1] == TOLD[0]


async def test_over_a_day_they_are_not(world: World, families: list[dict[str, Any]]) -> None:
    for each in families[:MANY_OPENED]:
        await opened(world.lena, each)
        world.clock.advance(120 * MINUTE)
        assert await tell_unusual_reading(world.worker) == 0
