"""Who answers for a plan: leaving, being ended, joining anew, merging, and two at one moment."""

import asyncio
from typing import Any

import pytest

from tests.assigning import agency, done, draw_up, held_meeting, on_plan, planned, review
from tests.involving import about, bookmark, bookmarks, heard, leave, news, problem
from tests.merging import decided, proposed, two_records
from tests.test_action_owners import end_involvement
from tests.world import World, join, shared_family

pytestmark = pytest.mark.anyio


async def test_who_leaves_ends_its_plans_or_hands_them_over_first(world: World) -> None:
    family = await shared_family(world)
    plan = await planned(world, family)
    other = await planned(world, family, "family_sharing")
    duties = problem(await leave(family, world.school_system), 409, "duties_remain")["duties"]
    assert [each for each in duties if each["type"] == "plan"] == [
        {"type": "plan", "id": plan["id"]},
        {"type": "plan", "id": other["id"]},
    ]
    done(await review(world.owen, other, outcome="end", review_due=None))
    now = done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    duties = await leave(family, world.school_system)
    if duties.status_code == 409:
        assert "plan" not in {each["type"] for each in duties.json()["duties"]}
    assert now["agency_id"] == agency(world.jonas)


async def test_what_an_ended_agency_answered_for_goes_to_the_lead(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    plan = await draw_up(world, meeting, readers=[world.jonas])
    over = await draw_up(world, meeting, "family_sharing", readers=[world.jonas])
    over = done(await review(world.owen, over, outcome="end", review_due=None))
    marks = await bookmarks(world)
    await end_involvement(family, world.school_system, world.jonas, world.ruth)
    now = done(await world.ruth.get(f"/v1/plans/{plan['id']}"))
    assert (now["agency_id"], now["version"]) == (agency(world.ruth), 2)
    reasons = {each["agency_id"]: each["reason"] for each in now["recipients"]}
    assert reasons[agency(world.ruth)] == "leads the family"
    told = {kind: ["plan.handed_over"] for kind in ("health_visiting", "police")}
    assert await heard(world, marks, plan["id"]) == told
    problem(await world.ruth.get(f"/v1/plans/{over['id']}"), 404, "not_found")
    assert done(await review(world.ruth, now))["version"] == 3
    problem(await world.tessa.get(f"/v1/plans/{plan['id']}"), 404, "not_found")


async def test_who_joins_anew_is_told_of_the_plans_that_it_was_given(world: World) -> None:
    family = await shared_family(world)
    plan = await planned(world, family)
    superseded = plan
    plan = await planned(world, family)
    done(await leave(family, world.police_system))
    problem(await world.jonas.get(f"/v1/plans/{plan['id']}"), 404, "not_found")
    mark = await bookmark(world.police_system)
    done(await join(world, family, world.police_system))
    told = await news(world.police_system, mark)
    assert about(told, plan["id"]) == ["plan.shared"]
    assert about(told, superseded["id"]) == []
    mark = await bookmark(world.probation_system)
    done(await join(world, family, world.probation_system))
    assert about(await news(world.probation_system, mark), plan["id"]) == []


async def test_on_a_record_that_is_merged_away_plans_are_only_wound_up(world: World) -> None:
    one, other = await two_records(world)
    meeting = await held_meeting(world, other)
    plan = await draw_up(world, meeting, readers=[world.jonas])
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    given = {"agency_id": agency(world.jonas), "reason": "x"}
    for refusal in (
        await review(world.owen, plan),
        await on_plan(world.owen, plan, "share", **given),
    ):
        assert problem(refusal, 409, "family_merged")["family_id"] == one["id"]
    now = done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    assert done(await review(world.jonas, now, outcome="end", review_due=None))["status"] == "ended"


async def test_of_two_reviews_at_one_moment_one_is_kept(world: World) -> None:
    for _ in range(4):
        plan = await planned(world)
        answers = await asyncio.gather(review(world.owen, plan), review(world.owen, plan))
        assert sorted(each.status_code for each in answers) == [200, 412]
        kept = done(await world.jonas.get(f"/v1/plans/{plan['id']}/reviews"))["items"]
        assert len(kept) == 1


async def test_a_plan_is_never_left_with_who_leaves_at_that_moment(world: World) -> None:
    for _ in range(4):
        family = await shared_family(world)
        plan = await planned(world, family)
        handed, left = await asyncio.gather(
            on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)),
            leave(family, world.police_system),
        )
        outcome = (handed.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (handed.text, left.text)
