"""Whether somebody of the family is kept out of a meeting: asked by anybody invited, decided by the
chair with reasons, how they are heard otherwise, and how they learn of the outcome."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.arranging import (
    EXCLUDED,
    cancel,
    decide,
    done,
    exclude,
    exclusions,
    held,
    invited,
    meet,
    read,
    take_back,
    uninvite,
)
from tests.involving import bookmark, bookmarks, heard, news, pointers, problem, types
from tests.test_chronology import entries
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio


async def test_whoever_is_invited_asks_and_the_chair_s_agency_is_told(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.amina, family)
    father = family["members"][1]
    marks = await bookmarks(world)
    asked = done(await exclude(world.jonas, made, father))
    assert (asked["status"], asked["decision"], asked["version"]) == ("requested", None, 1)
    assert (asked["agency_id"], asked["by"]["name"]) == (str(world.jonas.agency.id), "Jonas")
    assert (asked["member_id"], asked["why"]) == (father["id"], "Nobody dares to speak before him.")
    told = {"school": ["meeting.exclusion_requested"]}
    assert await heard(world, marks, made["id"]) == told
    for who in (world.owen, world.amina, world.jonas):
        assert await exclusions(who, made) == [asked]
    assert await read(world.owen, made) == made


async def test_a_system_names_who_asks(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    refused = await exclude(world.police_system, made, family["members"][1])
    assert pointers(refused) == ["/practitioner"]
    by = {"practitioner": {"name": "PC J. Wood", "job_title": "police officer"}}
    asked = done(await exclude(world.police_system, made, family["members"][1], **by))
    assert asked["by"] == by["practitioner"]


async def test_the_chair_decides_with_reasons_and_all_are_told(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    asked = done(await exclude(world.jonas, made, family["members"][1]))
    marks = await bookmarks(world)
    world.clock.advance(timedelta(minutes=1))
    decided = done(await decide(world.owen, asked, EXCLUDED))
    assert (decided["status"], decided["version"]) == ("excluded", 2)
    decision = decided["decision"]
    assert decision["by"] == {"name": "Owen", "job_title": "practitioner"}
    for name in ("reasons", "views_heard", "feedback"):
        assert decision[name] == EXCLUDED[name]
    assert decision["part"] is None
    told = {kind: ["meeting.exclusion_decided"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, made["id"]) == told
    assert await exclusions(world.amina, made) == [decided]
    refusal = problem(await decide(world.owen, decided, EXCLUDED), 409, "conflict")
    assert refusal["exclusion_status"] == "excluded"
    found = [each for each in await entries(world.amina, family) if "exclusion" in each["type"]]
    assert [each["type"] for each in found] == ["meeting.exclusion_decided"]
    assert (found[0]["note"], found[0]["by"]["name"]) == (EXCLUDED["reasons"], "Owen")
    assert found[0]["agency_id"] == str(world.owen.agency.id)
    assert found[0]["resource"]["url"] == f"/v1/meetings/{made['id']}/exclusions"


async def test_it_may_be_for_a_part_or_be_refused(world: World) -> None:
    family = await shared_family(world)
    made = await held(world, family)
    child, father = family["members"]
    one, other = [done(await exclude(world.jonas, made, each)) for each in (child, father)]
    in_part = EXCLUDED | {"outcome": "excluded_in_part", "part": "While the police reports."}
    decided = done(await decide(world.owen, one, in_part))
    assert decided["decision"]["part"] == "While the police reports."
    refused = done(await decide(world.owen, other, {"outcome": "refused", "reasons": "Calm now."}))
    assert (refused["status"], refused["decision"]["views_heard"]) == ("refused", None)


async def test_a_decision_says_what_its_outcome_needs_and_no_more(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    asked = done(await exclude(world.jonas, made, family["members"][1]))
    lone = {"outcome": "refused", "reasons": "Calm now."}
    for body, pointer in (
        ({**EXCLUDED, "views_heard": None}, "/views_heard"),
        ({**EXCLUDED, "feedback": None}, "/feedback"),
        ({**EXCLUDED, "part": "All of it."}, "/part"),
        ({**EXCLUDED, "outcome": "excluded_in_part"}, "/part"),
        ({**lone, "feedback": "By post."}, "/feedback"),
        ({**lone, "views_heard": "By post."}, "/views_heard"),
        ({**lone, "part": "The end."}, "/part"),
        ({**lone, "outcome": "requested"}, "/outcome"),
        ({"outcome": "refused"}, "/reasons"),
    ):
        assert pointers(await decide(world.owen, asked, body)) == [pointer], body
    assert await exclusions(world.owen, made) == [asked]


async def test_nobody_decides_on_their_own_request(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    asked = done(await exclude(world.owen, made, family["members"][1]))
    refusal = problem(await decide(world.owen, asked, EXCLUDED), 409, "conflict")
    assert "own request" in refusal["detail"]


async def test_nor_under_the_name_that_a_system_gave(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    by = {"practitioner": {"name": "  OWEN ", "job_title": "head"}}
    asked = done(await exclude(world.school_system, made, family["members"][1], **by))
    problem(await decide(world.owen, asked, EXCLUDED), 409, "conflict")


async def test_only_the_chair_decides_and_only_on_what_was_read(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.jonas, family, invited=invited(world.jonas))
    asked = done(await exclude(world.jonas, made, family["members"][1]))
    problem(await decide(world.tessa, asked, EXCLUDED), 403, "forbidden")
    problem(await decide(world.nadia, asked, EXCLUDED), 403, "forbidden")
    await world.add_agency("housing", {"hugo": ["chair"]})
    problem(await decide(world.hugo, asked, EXCLUDED), 404, "not_found")
    problem(await decide(world.owen, asked | {"version": 2}, EXCLUDED), 412, "precondition_failed")
    problem(await decide(world.owen, asked | {"id": str(uuid4())}, EXCLUDED), 404, "not_found")
    other = await meet(world.owen, family)
    problem(
        await decide(world.owen, asked | {"meeting_id": other["id"]}, EXCLUDED), 404, "not_found"
    )
    problem(await world.amina.get(f"/v1/meetings/{made['id']}/exclusions"), 404, "not_found")
    problem(await exclude(world.amina, made, family["members"][1]), 404, "not_found")


async def test_only_somebody_of_the_family_who_is_born_is_excluded(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    made = await meet(world.owen, family)
    unborn = {"kind": "unborn", "family_name": "Okafor"}
    now = done(await world.amina.post(f"/v1/families/{family['id']}/members", unborn))
    unborn = next(each for each in now["members"] if each["kind"] == "unborn")
    for member in (other["members"][1], unborn, {"id": str(uuid4())}):
        assert pointers(await exclude(world.jonas, made, member)) == ["/member_id"]


async def test_one_request_at_a_time_for_each_person(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    child, father = family["members"]
    asked = done(await exclude(world.jonas, made, father))
    problem(await exclude(world.amina, made, father), 409, "conflict")
    done(await exclude(world.amina, made, child))
    done(await decide(world.owen, asked, {"outcome": "refused", "reasons": "Calm now."}))
    done(await exclude(world.amina, made, father))
    assert len(await exclusions(world.owen, made)) == 3


async def test_of_two_requests_at_once_one_is_kept(world: World) -> None:
    for _ in range(4):
        family = await shared_family(world)
        made = await meet(world.owen, family)
        father = family["members"][1]
        both = await asyncio.gather(
            exclude(world.jonas, made, father), exclude(world.amina, made, father)
        )
        assert sorted(each.status_code for each in both) == [201, 409], [e.text for e in both]
        assert len(await exclusions(world.owen, made)) == 1


async def test_after_the_outcome_nobody_is_excluded_any_more(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    off = done(await cancel(world.owen, await meet(world.owen, family)))
    father = family["members"][1]
    refusal = problem(await exclude(world.jonas, off, father), 409, "conflict")
    assert refusal["meeting_status"] == "cancelled"
    now = await held(world, family)
    asked = done(await exclude(world.jonas, now, father))
    await superuser.execute("UPDATE meetings SET status = 'recorded' WHERE id = $1", now["id"])
    for answer in (
        await decide(world.owen, asked, EXCLUDED),
        await exclude(world.jonas, now, family["members"][0]),
    ):
        refusal = problem(answer, 409, "conflict")
        assert refusal["legal_acts"] == ["invite", "hand_over", "amend"]


async def test_who_is_no_longer_invited_hears_no_decision(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    asked = done(await exclude(world.jonas, made, family["members"][1]))
    done(await uninvite(world.owen, made, world.jonas))
    mark = await bookmark(world.police_system)
    done(await decide(world.owen, asked, EXCLUDED))
    assert types(await news(world.police_system, mark)) == []


async def test_who_asked_withdraws_the_request_and_the_chair_s_agency_is_told(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    father = family["members"][1]
    asked = done(await exclude(world.jonas, made, father))
    marks = await bookmarks(world)
    by = {"practitioner": {"name": "PC J. Wood", "job_title": "police officer"}}
    assert pointers(await take_back(world.police_system, asked)) == ["/practitioner"]
    back = done(await take_back(world.police_system, asked, by))
    assert back == asked | {"status": "withdrawn", "version": 2}
    told = {"school": ["meeting.exclusion_withdrawn"]}
    assert await heard(world, marks, made["id"]) == told
    for answer in (await take_back(world.jonas, back), await decide(world.owen, back, EXCLUDED)):
        assert problem(answer, 409, "conflict")["exclusion_status"] == "withdrawn"
    done(await exclude(world.amina, made, father))


async def test_only_the_agency_that_asked_withdraws_it_as_it_was_read(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.jonas, world.amina))
    asked = done(await exclude(world.jonas, made, family["members"][1]))
    problem(await take_back(world.amina, asked), 403, "forbidden")
    problem(await take_back(world.jonas, asked | {"version": 2}), 412, "precondition_failed")
    problem(await take_back(world.lena, asked), 404, "not_found")
    done(await decide(world.owen, asked, EXCLUDED))
    decided = asked | {"version": 2}
    refusal = problem(await take_back(world.jonas, decided), 409, "conflict")
    assert refusal["exclusion_status"] == "excluded"
