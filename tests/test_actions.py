"""Actions: assigned by a meeting, answered by their owner, changed by the chair."""

from datetime import timedelta
from typing import Any

import pytest

from api.foundation.errors import Invalid
from tests.assigning import (
    agency,
    an_action,
    assign,
    assigned,
    day,
    done,
    held_meeting,
    on_action,
)
from tests.involving import bookmarks, heard, pointers, problem
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

ALL = ("health_visiting", "police", "school")


async def refused(world: World, meeting: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(Invalid) as caught:
        await assign(world, meeting, an_action(world), an_action(world, **changes))
    [error] = caught.value.errors
    return error.pointer


async def test_what_a_meeting_asks_is_known_to_all_who_were_invited(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    meeting = await held_meeting(world, family)
    named = {"name": "Jonas Wood", "job_title": "police constable"}
    action, visit = await assign(
        world,
        meeting,
        an_action(world, practitioner=named),
        an_action(world, kind="joint_visit", with_agency_ids=[agency(world.amina)]),
    )
    assert action == {
        "id": action["id"],
        "meeting_id": meeting["id"],
        "family_id": family["id"],
        "agency_id": agency(world.jonas),
        "kind": "task",
        "what": "Ask the neighbours what they heard.",
        "practitioner": named,
        "due_on": day(world, 10),
        "overdue": False,
        "with_agency_ids": [],
        "alert_id": None,
        "status": "assigned",
        "assigned_at": action["assigned_at"],
        "version": 1,
    }
    assert visit["practitioner"] is None
    assert done(await world.amina.get(f"/v1/actions/{action['id']}")) == action
    assert await heard(world, marks, action["id"]) == {"police": ["action.assigned"]}
    told = {"police": ["action.assigned"], "health_visiting": ["action.assigned"]}
    assert await heard(world, marks, visit["id"]) == told
    problem(await world.lena.get(f"/v1/actions/{action['id']}"), 404, "not_found")


async def test_who_was_not_invited_finds_none(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": agency(world.jonas), "reason": "Was called out."}
    meeting = await held_meeting(world, family, invited=[police])
    [action] = await assign(world, meeting, an_action(world))
    for path in (f"/v1/actions/{action['id']}", f"/v1/actions/{action['id']}/steps"):
        problem(await world.amina.get(path), 404, "not_found")
    problem(await on_action(world.amina, action, "accept"), 404, "not_found")
    listed = done(await world.amina.get(f"/v1/families/{family['id']}/actions"))
    assert listed == {"items": [], "next": None}
    assert await refused(world, meeting, agency_id=agency(world.amina)) == "/actions/1/agency_id"


async def test_only_who_was_invited_is_asked_and_in_time(world: World) -> None:
    meeting = await held_meeting(world)
    amina, jonas = agency(world.amina), agency(world.jonas)
    visit = {"kind": "joint_visit", "with_agency_ids": [amina]}
    for changes, pointer in (
        ({"agency_id": agency(world.lena)}, "agency_id"),
        ({**visit, "with_agency_ids": [amina, agency(world.lena)]}, "with_agency_ids/1"),
        ({**visit, "with_agency_ids": [jonas]}, "with_agency_ids/0"),
        ({**visit, "with_agency_ids": [amina, amina]}, "with_agency_ids/1"),
        ({"due_on": day(world, -1)}, "due_on"),
        ({"due_on": day(world, 367)}, "due_on"),
    ):
        assert await refused(world, meeting, **changes) == f"/actions/1/{pointer}"


async def test_what_is_asked_is_asked_whole(world: World) -> None:
    meeting = await held_meeting(world)
    amina = agency(world.amina)
    for changes, pointer in (
        ({"kind": "reconsider_alert"}, "/alert_id"),
        ({"alert_id": meeting["id"]}, "/alert_id"),
        ({"kind": "debrief"}, "/with_agency_ids"),
        ({"with_agency_ids": [amina]}, "/with_agency_ids"),
    ):
        assert await refused(world, meeting, **changes) == pointer


async def test_an_alert_is_reconsidered_by_its_owner_and_seen_by_its_readers(
    world: World,
) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    school = {"agency_id": agency(world.owen), "reason": "Sees the father daily."}
    named = {"kind": "agencies", "agencies": [school]}
    alert = await publish(world, family, audience=named)
    again = {"kind": "reconsider_alert", "alert_id": alert["id"]}
    amina = agency(world.amina)
    [action] = await assign(world, meeting, an_action(world, agency_id=amina, **again))
    problem(await world.jonas.get(f"/v1/actions/{action['id']}"), 404, "not_found")
    done(await world.tessa.get(f"/v1/actions/{action['id']}"))
    assert await refused(world, meeting, **again) == "/actions/1/agency_id"
    police = {"agency_id": agency(world.jonas), "reason": "Attends."}
    hidden = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    unknown = {**again, "alert_id": hidden["id"], "agency_id": amina}
    assert await refused(world, meeting, **unknown) == "/actions/1/alert_id"
    other = await publish(world, await shared_family(world))
    elsewhere = {**again, "alert_id": other["id"], "agency_id": amina}
    assert await refused(world, meeting, **elsewhere) == "/actions/1/alert_id"
    anew = {"reason": "Better so.", "due_on": day(world, 20)}
    given = await on_action(world.owen, action, "reassign", agency_id=agency(world.jonas), **anew)
    assert pointers(given) == ["/agency_id"]
    marks = await bookmarks(world)
    now = done(await on_action(world.owen, action, "reassign", agency_id=amina, **anew))
    done(await on_action(world.amina, now, "complete", evidence="It says less from now on."))
    told = ["action.reassigned", "action.done"]
    assert await heard(world, marks, action["id"]) == {"health_visiting": told, "school": told}


async def test_the_owner_accepts_and_says_who_does_it(world: World) -> None:
    action = await assigned(world)
    marks = await bookmarks(world)
    problem(await on_action(world.tessa, action, "accept"), 403, "forbidden")
    problem(await on_action(world.lena, action, "accept"), 404, "not_found")
    accepted = done(await on_action(world.jonas, action, "accept"))
    assert accepted["practitioner"] == {"name": "Jonas", "job_title": "practitioner"}
    assert (accepted["status"], accepted["version"]) == ("accepted", 2)
    problem(await on_action(world.jonas, action, "accept"), 412, "precondition_failed")
    other = {"name": "Kim Lee", "job_title": "sergeant"}
    again = done(await on_action(world.jonas, accepted, "accept", done_by=other))
    assert again["practitioner"] == other
    assert done(await on_action(world.nadia, again, "accept"))["practitioner"] == other
    told = ["action.accepted"] * 3
    assert await heard(world, marks, action["id"]) == {"police": told, "school": told}


async def test_a_system_names_who_acts(world: World) -> None:
    action = await assigned(world)
    assert pointers(await on_action(world.police_system, action, "accept")) == ["/practitioner"]
    named = {"staff_id": "staff-jonas"}
    accepted = done(await on_action(world.police_system, action, "accept", practitioner=named))
    assert accepted["practitioner"]["name"] == "Jonas"


async def test_it_is_done_with_evidence_and_then_over(world: World) -> None:
    action = await assigned(
        world, kind="debrief", with_agency_ids=[str(world.agencies["health_visiting"].id)]
    )
    marks = await bookmarks(world)
    over = done(await on_action(world.jonas, action, "complete", evidence="They heard shouting."))
    assert over["status"] == "done"
    for who, verb, body in (
        (world.jonas, "accept", {}),
        (world.jonas, "complete", {"evidence": "x"}),
        (world.jonas, "decline", {"reason": "x"}),
        (world.owen, "cancel", {"reason": "x"}),
        (
            world.owen,
            "reassign",
            {"reason": "x", "agency_id": agency(world.jonas)},
        ),
    ):
        refusal = problem(await on_action(who, over, verb, **body), 409, "conflict")
        assert (refusal["action_status"], refusal["legal_acts"]) == ("done", [])
    steps = done(await world.tessa.get(f"/v1/actions/{action['id']}/steps"))["items"]
    assert [each["act"] for each in steps] == ["assign", "complete"]
    assert (steps[1]["note"], steps[1]["by"]["name"]) == ("They heard shouting.", "Jonas")
    assert (steps[0]["by"]["name"], steps[0]["agency_id"]) == ("Owen", agency(world.jonas))
    assert await heard(world, marks, action["id"]) == {kind: ["action.done"] for kind in ALL}


async def test_what_is_declined_is_assigned_anew_or_cancelled_by_the_chair(world: World) -> None:
    action = await assigned(world)
    marks = await bookmarks(world)
    declined = done(await on_action(world.jonas, action, "decline", reason="Nobody is free."))
    assert declined["status"] == "declined"
    refusal = problem(await on_action(world.jonas, declined, "accept"), 409, "conflict")
    assert refusal["legal_acts"] == ["reassign", "cancel"]
    anew = {"agency_id": agency(world.amina), "reason": "The police have nobody."}
    problem(await on_action(world.nadia, declined, "reassign", **anew), 403, "forbidden")
    problem(await on_action(world.jonas, declined, "reassign", **anew), 403, "forbidden")
    for changes, pointer in (
        ({"agency_id": agency(world.lena)}, "/agency_id"),
        ({"due_on": day(world, -1)}, "/due_on"),
        ({"due_on": day(world, 367)}, "/due_on"),
    ):
        answer = await on_action(world.owen, declined, "reassign", **{**anew, **changes})
        assert pointers(answer) == [pointer]
    named = {"name": "Ann Poe", "job_title": "health visitor"}
    now = done(await on_action(world.owen, declined, "reassign", **anew, practitioner=named))
    assert (now["status"], now["agency_id"]) == ("assigned", agency(world.amina))
    assert (now["practitioner"], now["due_on"]) == (named, action["due_on"])
    over = done(await on_action(world.owen, now, "cancel", reason="They have moved."))
    assert over["status"] == "cancelled"
    assert await heard(world, marks, action["id"]) == {
        "police": ["action.declined", "action.reassigned"],
        "health_visiting": ["action.reassigned", "action.cancelled"],
        "school": ["action.declined", "action.reassigned", "action.cancelled"],
    }


async def test_a_date_that_has_passed_is_not_kept(world: World) -> None:
    action = await assigned(world, due_on=day(world, 1))
    world.clock.advance(timedelta(days=5))
    anew = {"agency_id": agency(world.amina), "reason": "Late."}
    assert pointers(await on_action(world.owen, action, "reassign", **anew)) == ["/due_on"]
    done(await on_action(world.owen, action, "reassign", **anew, due_on=day(world)))


async def test_who_joins_a_visit_does_not_come_to_own_it(world: World) -> None:
    visit = {"kind": "joint_visit", "with_agency_ids": [agency(world.amina)]}
    action = await assigned(world, **visit)
    anew = {"agency_id": agency(world.amina), "reason": "Simpler."}
    assert pointers(await on_action(world.owen, action, "reassign", **anew)) == ["/agency_id"]


async def test_its_own_chair_alone_changes_it(world: World) -> None:
    action = await assigned(world)
    problem(await on_action(world.tessa, action, "cancel", reason="x"), 403, "forbidden")
    problem(await on_action(world.school_system, action, "cancel", reason="x"), 403, "forbidden")
