"""What agencies bring to a meeting in writing, and who reads it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.arranging import (
    REPORT,
    cancel,
    done,
    hand_over,
    held,
    invited,
    meet,
    read,
    report,
    reports,
)
from tests.conformance.scene import employ
from tests.involving import bookmarks, heard, pointers, problem
from tests.test_chronology import entries
from tests.world import World, key, shared_family

pytestmark = pytest.mark.anyio

FOR_CHAIR = {"audience": "chair", "concerns": "His brother works for the school."}


async def test_a_report_is_read_by_everybody_invited(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    marks = await bookmarks(world)
    sent = done(await report(world.jonas, made, strengths="A grandmother.", view_of_plan="Good."))
    content = {name: value for name, value in REPORT.items() if name != "audience"}
    content |= {"strengths": "A grandmother.", "view_of_plan": "Good."}
    content["shared_with_family"] = {"done": True, "why_not": None}
    assert sent["content"] == content
    assert sent["audience"] == "invited"
    assert (sent["agency_id"], sent["by"]["name"]) == (str(world.jonas.agency.id), "Jonas")
    told = {kind: ["meeting.report_submitted"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, made["id"]) == told
    for who in (world.amina, world.jonas, world.tessa):
        assert await reports(who, made) == [sent]
    assert await read(world.owen, made) == made


async def test_one_for_the_chair_leaves_no_trace_with_anybody_else(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    before = await entries(world.amina, family)
    marks = await bookmarks(world)
    world.clock.advance(timedelta(minutes=1))
    sent = done(await report(world.jonas, made, **FOR_CHAIR))
    told = {kind: ["meeting.report_submitted"] for kind in ("police", "school")}
    assert await heard(world, marks, made["id"]) == told
    for who in (world.jonas, world.owen, world.tessa):
        assert await reports(who, made) == [sent]
        assert (await entries(who, family))[0]["type"] == "meeting.report_submitted"
    assert await reports(world.amina, made) == []
    assert await entries(world.amina, family) == before
    assert await read(world.amina, made) == made
    listed = await world.amina.get(f"/v1/families/{family['id']}/accesses")
    assert sent["id"] not in listed.text


async def test_what_was_for_the_chair_is_read_by_the_new_chair_s_agency(world: World) -> None:
    await employ(world, "health_visiting", "hilda", ["chair"])
    made = await meet(world.owen, await shared_family(world))
    sent = done(await report(world.jonas, made, **FOR_CHAIR))
    done(await hand_over(world.owen, made, world.hilda))
    assert await reports(world.amina, made) == [sent]
    assert await reports(world.tessa, made) == []


async def test_an_agency_may_report_again(world: World) -> None:
    made = await held(world, await shared_family(world))
    sent = [done(await report(who, made)) for who in (world.jonas, world.amina, world.jonas)]
    assert "number" not in sent[0], "it would tell of reports that are for the chair alone"
    assert await reports(world.owen, made) == sent


async def test_it_is_submitted_once_for_one_key(world: World) -> None:
    made = await meet(world.owen, await shared_family(world))
    path, headers = f"/v1/meetings/{made['id']}/reports", key()
    first = await world.jonas.post(path, REPORT, headers=headers)
    assert (await world.jonas.post(path, REPORT, headers=headers)).json() == first.json()
    assert len(await reports(world.jonas, made)) == 1


async def test_of_two_at_once_none_is_lost_unsaid(world: World) -> None:
    for _ in range(4):
        made = await meet(world.owen, await shared_family(world))
        both = await asyncio.gather(report(world.jonas, made), report(world.nadia, made))
        kept = [each for each in both if each.status_code == 201]
        assert {each.status_code for each in both} <= {201, 409}, [e.text for e in both]
        assert len(await reports(world.owen, made)) == len(kept) >= 1


async def test_a_report_says_whether_the_family_knows_it(world: World) -> None:
    made = await meet(world.owen, await shared_family(world))
    for changes, pointer in (
        ({"shared_with_family": {"done": False}}, "/shared_with_family/why_not"),
        ({"shared_with_family": {"done": True, "why_not": "x"}}, "/shared_with_family/why_not"),
        ({"shared_with_family": None}, "/shared_with_family"),
        ({"audience": "everybody"}, "/audience"),
        ({"child_lived_experience": " "}, "/child_lived_experience"),
    ):
        assert pointers(await report(world.jonas, made, **changes)) == [pointer], changes
    why = {"shared_with_family": {"done": False, "why_not": "He would come to the school."}}
    sent = done(await report(world.jonas, made, **why))
    assert sent["content"]["shared_with_family"] == why["shared_with_family"]
    assert pointers(await report(world.police_system, made)) == ["/practitioner"]


async def test_only_who_is_invited_reports_and_only_before_the_outcome(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.jonas))
    for who in (world.amina, world.lena):
        problem(await report(who, made), 404, "not_found")
        problem(await who.get(f"/v1/meetings/{made['id']}/reports"), 404, "not_found")
    off = done(await cancel(world.owen, made))
    assert problem(await report(world.jonas, off), 409, "conflict")["meeting_status"] == "cancelled"
    now = await held(world, family)
    sent = done(await report(world.jonas, now))
    await superuser.execute("UPDATE meetings SET status = 'recorded' WHERE id = $1", now["id"])
    refusal = problem(await report(world.jonas, now), 409, "conflict")
    assert refusal["legal_acts"] == ["invite", "hand_over", "amend"]
    assert await reports(world.amina, now) == [sent]
