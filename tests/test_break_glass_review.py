"""A break-glass is reviewed: by whom, on what, once; and ended by its reader before that."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from api.families.break_glass.queries import MOST_READS
from tests.breaking import banner, end, listed, opened, read, review
from tests.conformance.scene import employ
from tests.involving import bookmarks, hand_over_lead, heard, news, problem
from tests.world import Caller, World, open_world, publish, register, shared_family

pytestmark = pytest.mark.anyio

GOVERNANCE = ["information_governance"]
STATES = ["unreviewed", "reviewed", "open"]


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> Any:
    """With information governance of health visiting, which leads, and of probation."""
    async with open_world(database_urls) as opened:
        await employ(opened, "health_visiting", "iris", GOVERNANCE)
        await employ(opened, "probation", "paul", GOVERNANCE)
        await employ(opened, "probation", "quinn", ["practitioner", *GOVERNANCE])
        yield opened


async def test_who_reviews_sees_who_read_what_and_why(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    grant = await opened(world.lena, family)
    await banner(world.lena, family)
    await world.lena.get(f"/v1/alerts/{alert['id']}")
    await banner(world.victor, family)  # refused, and another person's
    await banner(world.amina, family)
    for who in (world.iris, world.paul):
        found = await read(grant, who)
        assert found["practitioner"]["name"] == "Lena"
        assert found["reason"] == "Called out to the address tonight."
        assert found["client_id"] == str(world.lena.agency.client_id)
        assert found["reads"] == 2
        assert [(each["action"], each["resource_id"]) for each in found["read"]] == [
            ("banner.read", family["id"]),
            ("alert.read", alert["id"]),
        ]
        assert datetime.fromisoformat(found["read"][0]["at"]) == world.clock.now()


async def test_who_reads_the_break_glass_itself_adds_nothing_to_what_was_read(
    world: World,
) -> None:
    grant = await opened(world.lena, await register(world))
    await read(grant, world.lena)
    await read(grant, world.iris)
    assert (await end(grant, world.lena)).status_code == 200
    found = await read(grant, world.paul)
    assert (found["reads"], found["read"]) == (0, [])


async def test_the_last_reads_are_shown_and_all_are_counted(world: World, superuser: Any) -> None:
    family = await register(world)
    grant = await opened(world.lena, family)
    await banner(world.lena, family)
    await superuser.execute(
        "INSERT INTO audit_entries SELECT gen_random_uuid(), recorded_at, agency_id, client_id, "
        "practitioner_id, action, outcome, family_id, resource_type, resource_id, "
        "resource_version, request_id, details FROM audit_entries, generate_series(1, $1::int) "
        "WHERE action = 'banner.read' AND details ->> 'break_glass' = $2",
        MOST_READS,
        grant["id"],
    )
    found = await read(grant, world.iris)
    assert (found["reads"], len(found["read"])) == (MOST_READS + 1, MOST_READS)


async def test_another_agency_s_information_governance_finds_nothing(world: World) -> None:
    """Also where it is involved: the school is."""
    grant = await opened(world.lena, await shared_family(world))
    problem(await world.owen.get(f"/v1/break-glass/{grant['id']}"), 404, "not_found")
    problem(await review(grant, world.owen), 404, "not_found")
    assert grant["id"] not in await listed(world.owen)


async def test_it_follows_the_lead(world: World) -> None:
    family = await shared_family(world)
    grant = await opened(world.lena, family)
    assert (await hand_over_lead(family, world.ruth, world.owen)).status_code == 200
    assert (await read(grant, world.owen))["id"] == grant["id"]
    problem(await world.iris.get(f"/v1/break-glass/{grant['id']}"), 404, "not_found")


@pytest.mark.parametrize("outcome", ["justified", "not_justified"])
@pytest.mark.parametrize("reviewer", ["iris", "paul"])
async def test_either_agency_s_information_governance_reviews_it_and_both_are_told(
    world: World, outcome: str, reviewer: str
) -> None:
    grant = await opened(world.lena, await shared_family(world))
    assert (await end(grant, world.lena)).status_code == 200
    now = await read(grant, world.people[reviewer])
    marks = await bookmarks(world)
    answer = await review(now, world.people[reviewer], outcome=outcome)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["version"], answer.headers["ETag"]) == ("reviewed", 3, '"3"')
    assert found["review"]["outcome"] == outcome
    assert found["review"]["reviewed_by"]["name"] == reviewer.title()
    assert found["ended_at"] == now["ended_at"]
    told = ["break_glass.reviewed"]
    assert await heard(world, marks, grant["id"]) == {"health_visiting": told, "probation": told}
    [event] = await news(world.probation_system, marks["probation"])
    assert "duty log" not in str(event)


async def test_a_review_ends_what_is_still_open(world: World) -> None:
    family = await register(world)
    grant = await opened(world.lena, family)
    assert (await banner(world.lena, family)).status_code == 200
    found = (await review(grant, world.paul)).json()
    assert datetime.fromisoformat(found["ended_at"]) == world.clock.now()
    assert (await banner(world.lena, family)).status_code == 404


async def test_the_reader_never_reviews_it(world: World) -> None:
    grant = await opened(world.quinn, await register(world))
    problem(await review(grant, world.quinn), 409, "conflict")
    problem(await review(grant, world.lena), 403, "forbidden")
    problem(await review(grant, world.probation_system), 403, "forbidden")
    assert (await review(grant, world.paul)).status_code == 200


async def test_a_namesake_of_the_reader_finds_a_colleague(world: World) -> None:
    await employ(world, "health_visiting", "LENA", GOVERNANCE)
    grant = await opened(world.lena, await register(world))
    problem(await review(grant, world.people["LENA"]), 409, "conflict")
    assert (await review(grant, world.iris)).status_code == 200


async def test_it_is_reviewed_once(world: World) -> None:
    grant = await opened(world.lena, await register(world))
    assert (await review(grant, world.iris)).status_code == 200
    problem(await review(grant, world.paul), 412, "precondition_failed")
    again = await read(grant, world.paul)
    problem(await review(again, world.paul, outcome="not_justified"), 409, "conflict")
    assert (await read(grant, world.paul))["review"]["outcome"] == "justified"


async def test_of_two_reviews_at_once_one_counts(world: World) -> None:
    grant = await opened(world.lena, await register(world))
    for who in (world.iris, world.paul):
        await who.token()
    answers = await asyncio.gather(
        review(grant, world.iris), review(grant, world.paul, outcome="not_justified")
    )
    assert sorted(each.status_code for each in answers) == [200, 412]
    outcome = next(each for each in answers if each.is_success).json()["review"]["outcome"]
    assert (await read(grant, world.iris))["review"]["outcome"] == outcome


async def test_the_reader_ends_it_once_and_it_waits_for_its_review(world: World) -> None:
    family = await register(world)
    grant = await opened(world.lena, family)
    answer = await end(grant, world.lena)
    assert (answer.status_code, answer.json()["state"]) == (200, "unreviewed")
    assert (await banner(world.lena, family)).status_code == 404
    problem(await end(grant, world.lena), 412, "precondition_failed")
    problem(await end(answer.json(), world.lena), 409, "conflict")


async def test_only_the_reader_ends_it(world: World) -> None:
    grant = await opened(world.lena, await register(world))
    problem(await end(grant, world.quinn), 403, "forbidden")
    problem(await end(grant, world.paul), 403, "forbidden")
    problem(await end(grant, world.amina), 404, "not_found")


async def test_absent_is_not_found(world: World) -> None:
    absent = {"id": str(uuid4()), "version": 1}
    for asked in (end(absent, world.lena), review(absent, world.iris)):
        problem(await asked, 404, "not_found")
    assert (await world.iris.get(f"/v1/break-glass/{absent['id']}")).status_code == 404


async def test_they_are_listed_by_state_newest_first(world: World) -> None:
    fresh = [await opened(world.lena, await register(world)) for _ in range(3)]
    ids = [each["id"] for each in fresh]
    assert (await end(fresh[0], world.lena)).status_code == 200
    assert (await review(fresh[1], world.iris)).status_code == 200
    for who in (world.iris, world.paul):
        found = {state: await listed(who, state=state) for state in STATES}
        for state, grant in zip(STATES, ids, strict=True):
            assert [grant] == [each for each in found[state] if each in ids]
        assert [each for each in await listed(who) if each in ids] == ids[::-1]
    refused = await world.iris.get("/v1/break-glass", params={"state": "forgotten"})
    assert refused.status_code == 400


async def test_pages_leave_nothing_out(world: World) -> None:
    for _ in range(3):
        await opened(world.lena, await register(world))
    everything = await listed(world.paul, limit=200)
    assert await pages(world.paul, 2) == everything
    first = (await world.paul.get("/v1/break-glass", params={"limit": 2})).json()
    stolen = {"limit": 2, "cursor": first["next"]}
    problem(await world.quinn.get("/v1/break-glass", params=stolen), 400, "invalid_cursor")


async def pages(who: Caller, limit: int) -> list[str]:
    found: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await who.get("/v1/break-glass", params=query)
        assert ('rel="next"' in answer.headers.get("Link", "")) == bool(answer.json()["next"])
        found += [each["id"] for each in answer.json()["items"]]
        if answer.json()["next"] is None:
            return found
        query["cursor"] = answer.json()["next"]
