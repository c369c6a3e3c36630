"""The review of a plan: announced to its owner, its neglect told to everybody, once each; and every
step of a plan is in the chronology."""

from datetime import timedelta

import pytest

from api.plans.deadlines import BATCH, tell_plan_reviews
from tests.assigning import agency, day, done, draw_up, held_meeting, on_plan, planned, review
from tests.involving import bookmarks, heard
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio

DUE, OVERDUE = "plan.review_due", "plan.review_overdue"


async def pass_days(world: World, days: int) -> None:
    world.clock.advance(timedelta(days=days))
    while await tell_plan_reviews(world.worker):
        pass


async def test_the_owner_is_told_ahead_and_all_readers_when_it_is_overdue(world: World) -> None:
    plan = await planned(world, await shared_family(world))
    marks = await bookmarks(world)
    due = (plan["review_due"], plan["review_overdue"])
    assert due[1] is False
    days = 0
    for later, school, others in (
        (24, [], []),
        (2, [DUE], []),
        (12, [DUE], []),
        (3, [DUE, OVERDUE], [OVERDUE]),
        (9, [DUE, OVERDUE], [OVERDUE]),
    ):
        days += later
        await pass_days(world, later)
        told = {"school": school, "health_visiting": others, "police": others}
        expected = {kind: types for kind, types in told.items() if types}
        assert await heard(world, marks, plan["id"]) == expected, days
        shown = done(await world.jonas.get(f"/v1/plans/{plan['id']}"))
        assert shown["review_overdue"] is (OVERDUE in school)
        assert (shown["status"], shown["version"]) == ("current", 1)


async def test_a_review_announces_the_next_one_anew(world: World) -> None:
    plan = await planned(world, repeat_days=30)
    await pass_days(world, 45)
    marks = await bookmarks(world)
    now = done(await review(world.owen, plan, review_due=None))
    assert (now["review_due"], now["review_overdue"]) == (day(world, 30), False)
    await pass_days(world, 17)
    told = {"school": ["plan.reviewed", DUE], "health_visiting": ["plan.reviewed"]}
    assert await heard(world, marks, plan["id"]) == {**told, "police": ["plan.reviewed"]}


async def test_what_is_over_is_not_announced(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    superseded = await draw_up(world, meeting)
    ended = await draw_up(world, meeting)
    done(await review(world.owen, ended, outcome="end", review_due=None))
    marks = await bookmarks(world)
    await pass_days(world, 60)
    for each in (superseded, ended):
        assert await heard(world, marks, each["id"]) == {}


async def test_the_worker_goes_on_batch_by_batch(world: World) -> None:
    await pass_days(world, 200)
    for _ in range(BATCH // 25 + 1):
        meeting = await held_meeting(world)
        for _ in range(25):
            made = await draw_up(world, meeting, "family_sharing")
            await on_plan(world.owen, made, "hand-over", agency_id=agency(world.jonas))
    world.clock.advance(timedelta(days=30))
    counts = [await tell_plan_reviews(world.worker) for _ in range(3)]
    assert counts == [BATCH, 25, 0]


async def test_every_step_stands_in_the_chronology_but_to_whom_it_was_given(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    former = await draw_up(world, meeting, readers=[world.jonas])
    plan = await draw_up(world, meeting, readers=[world.jonas])
    given = {"agency_id": agency(world.amina), "reason": "Weighs the baby."}
    now = done(await on_plan(world.owen, plan, "share", **given))
    now = done(await review(world.owen, now))
    now = done(await on_plan(world.owen, now, "hand-over", agency_id=agency(world.jonas)))
    ending = {"outcome": "end", "review_due": None, "note": "They have moved."}
    done(await review(world.jonas, now, **ending))
    path = f"/v1/families/{family['id']}/chronology"
    shown = done(await world.amina.get(path, params={"limit": 200}))["items"]
    of_plan = [each for each in shown if each["resource"]["id"] == plan["id"]]
    assert sorted((each["type"], each["note"]) for each in of_plan) == [
        ("plan.drawn_up", None),
        ("plan.ended", "They have moved."),
        ("plan.handed_over", None),
        ("plan.reviewed", "Two calm visits."),
    ]
    assert former["id"] not in {each["resource"]["id"] for each in shown}
    shown = done(await world.jonas.get(path, params={"limit": 200}))["items"]
    of_former = [each["type"] for each in shown if each["resource"]["id"] == former["id"]]
    assert sorted(of_former) == ["plan.drawn_up", "plan.superseded"]
