"""Whose actions are: leaving, being ended, merging, and what happens at the same moment."""

import asyncio
from typing import Any

import pytest

from tests.assigning import agency, an_action, assign, assigned, day, done, held_meeting, on_action
from tests.involving import bookmarks, heard, involvement_of, leave, problem
from tests.merging import decided, proposed, two_records
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


async def end_involvement(family: dict[str, Any], whose: Caller, by: Caller, lead: Caller) -> None:
    """Contested by one, decided by the lead."""
    other = await involvement_of(family, whose, lead)
    base = f"/v1/families/{family['id']}"
    path = f"{base}/involvements/{other['id']}/contests"
    contest = done(await by.post(path, {"reason": "No open case."}))
    body = {"outcome": "upheld", "reason": "It does not work with the family."}
    done(await lead.post(f"{base}/contests/{contest['id']}/decision", body))


async def steps(who: Caller, action: dict[str, Any]) -> list[Any]:
    items: list[Any] = done(await who.get(f"/v1/actions/{action['id']}/steps"))["items"]
    return items


async def test_who_leaves_answers_for_its_actions_first(world: World) -> None:
    family = await shared_family(world)
    action = await assigned(world, family)
    duties = problem(await leave(family, world.police_system), 409, "duties_remain")["duties"]
    assert duties == [{"type": "action", "id": action["id"]}]
    done(await on_action(world.jonas, action, "decline", reason="We are leaving."))
    done(await leave(family, world.police_system))


async def test_what_an_ended_agency_had_to_do_goes_back_to_the_chair(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    first, second, third = await assign(world, meeting, *[an_action(world)] * 3)
    second = done(await on_action(world.jonas, second, "accept"))
    done(await on_action(world.jonas, third, "complete", evidence="Done."))
    marks = await bookmarks(world)
    await end_involvement(family, world.police_system, world.owen, world.ruth)
    for each, before in ((first, "assigned"), (second, "accepted")):
        now = done(await world.owen.get(f"/v1/actions/{each['id']}"))
        assert (now["status"], now["version"]) == ("declined", each["version"] + 1)
        last = (await steps(world.owen, each))[-1]
        assert (last["act"], last["from_status"], last["by"]) == ("decline", before, None)
        assert await heard(world, marks, each["id"]) == {"school": ["action.declined"]}
    assert await heard(world, marks, third["id"]) == {}
    problem(await world.jonas.get(f"/v1/actions/{first['id']}"), 404, "not_found")


async def test_who_ends_an_involvement_learns_nothing_of_a_meeting(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    police = {"agency_id": agency(world.jonas), "reason": "Was called out."}
    meeting = await held_meeting(world, family, invited=[police])
    [action] = await assign(world, meeting, an_action(world))
    await end_involvement(family, world.police_system, world.owen, world.ruth)
    entry = await superuser.fetchrow(
        "SELECT agency_id FROM audit_entries WHERE action = 'action.declined' AND resource_id = $1",
        action["id"],
    )
    assert entry["agency_id"] is None
    now = done(await world.owen.get(f"/v1/actions/{action['id']}"))
    assert now["status"] == "declined"


@pytest.mark.parametrize("reads", [True, False])
async def test_a_chair_is_told_of_what_is_bound_to_an_alert_if_it_reads_that(
    world: World, superuser: Any, reads: bool
) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    school = {"agency_id": agency(world.owen), "reason": "Sees him."}
    named = {"kind": "agencies", "agencies": [school]}
    author = {"staff_id": "staff-jonas"}
    alert = await publish(world, family, world.jonas, author=author, audience=named)
    again = {"kind": "reconsider_alert", "alert_id": alert["id"]}
    [action] = await assign(world, meeting, an_action(world, **again))
    if not reads:
        await superuser.execute("DELETE FROM alert_recipients WHERE alert_id = $1", alert["id"])
    marks = await bookmarks(world)
    await end_involvement(family, world.police_system, world.owen, world.ruth)
    assert await heard(world, marks, action["id"]) == (
        {"school": ["action.declined"]} if reads else {}
    )
    now = done(await world.ruth.get(f"/v1/actions/{action['id']}"))
    assert now["status"] == "declined"


async def test_on_a_record_that_is_merged_away_actions_are_only_wound_up(world: World) -> None:
    one, other = await two_records(world)
    meeting = await held_meeting(world, other)
    first, second, third = await assign(world, meeting, *[an_action(world)] * 3)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    anew = {"agency_id": agency(world.jonas), "reason": "x"}
    for refusal in (
        await on_action(world.jonas, first, "accept"),
        await on_action(world.owen, first, "reassign", **anew),
    ):
        assert problem(refusal, 409, "family_merged")["family_id"] == one["id"]
    done(await on_action(world.jonas, first, "complete", evidence="Done."))
    done(await on_action(world.jonas, second, "decline", reason="No."))
    done(await on_action(world.owen, third, "cancel", reason="Merged."))


async def test_accepted_as_it_is_assigned_anew_it_is_one_of_both(world: World) -> None:
    for _ in range(4):
        action = await assigned(world)
        anew = {"agency_id": agency(world.amina), "reason": "Closer.", "due_on": day(world, 5)}
        accepted, reassigned = await asyncio.gather(
            on_action(world.jonas, action, "accept"),
            on_action(world.owen, action, "reassign", **anew),
        )
        outcome = (accepted.status_code, reassigned.status_code)
        assert outcome in {(200, 412), (412, 200)}, (accepted.text, reassigned.text)
        now = done(await world.owen.get(f"/v1/actions/{action['id']}"))
        owner = world.jonas if outcome[0] == 200 else world.amina
        assert (now["agency_id"], now["version"]) == (agency(owner), 2)


async def test_accepted_as_its_owner_is_ended_it_goes_back_all_the_same(world: World) -> None:
    for _ in range(4):
        family = await shared_family(world)
        action = await assigned(world, family)
        accepted, _ = await asyncio.gather(
            on_action(world.jonas, action, "accept"),
            end_involvement(family, world.police_system, world.owen, world.ruth),
        )
        assert accepted.status_code in {200, 404, 412}, accepted.text
        now = done(await world.owen.get(f"/v1/actions/{action['id']}"))
        assert now["status"] == "declined"
        assert now["version"] == (3 if accepted.status_code == 200 else 2)


async def test_who_leaves_as_it_declines_does_so_in_that_order(world: World) -> None:
    for _ in range(4):
        family = await shared_family(world)
        action = await assigned(world, family)
        declined, left = await asyncio.gather(
            on_action(world.jonas, action, "decline", reason="We leave."),
            leave(family, world.police_system),
        )
        assert declined.status_code == 200, declined.text
        assert left.status_code in {200, 409}, left.text
