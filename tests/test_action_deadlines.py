"""An action whose day has passed is told of once; and every step of it is in the chronology."""

from datetime import timedelta
from typing import Any

import pytest

from api.meetings.actions.deadlines import BATCH, tell_overdue_actions
from tests.assigning import agency, an_action, assign, day, done, held_meeting, on_action
from tests.involving import bookmarks, heard
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

OVERDUE = ["action.overdue"]


async def pass_days(world: World, days: int) -> None:
    world.clock.advance(timedelta(days=days))
    while await tell_overdue_actions(world.worker):
        pass


async def made(world: World, **changes: Any) -> Any:
    """Due tomorrow."""
    meeting = await held_meeting(world)
    [action] = await assign(
        world, meeting, an_action(world, **{"due_on": day(world, 1), **changes})
    )
    return action


async def test_the_owner_the_chair_and_who_joins_are_told_once(world: World) -> None:
    task = await made(world)
    visit = {"kind": "joint_visit", "with_agency_ids": [agency(world.amina)]}
    joint = await made(world, **visit, due_on=day(world, 2))
    await pass_days(world, 0)
    marks = await bookmarks(world)
    await pass_days(world, 1)
    assert await heard(world, marks, joint["id"]) == {}
    await pass_days(world, 1)
    await pass_days(world, 3)
    two = {"police": OVERDUE, "school": OVERDUE}
    assert await heard(world, marks, joint["id"]) == {**two, "health_visiting": OVERDUE}
    shown = done(await world.jonas.get(f"/v1/actions/{joint['id']}"))
    assert (shown["overdue"], shown["version"]) == (True, 1)
    assert done(await world.jonas.get(f"/v1/actions/{task['id']}"))["overdue"] is True


async def test_what_is_accepted_or_went_back_is_told_of_and_what_is_over_is_not(
    world: World,
) -> None:
    accepted, declined, over, cancelled = [await made(world, due_on=day(world, 9)) for _ in "abcd"]
    done(await on_action(world.jonas, accepted, "accept"))
    done(await on_action(world.jonas, declined, "decline", reason="Nobody."))
    done(await on_action(world.jonas, over, "complete", evidence="Done."))
    done(await on_action(world.owen, cancelled, "cancel", reason="Moved."))
    marks = await bookmarks(world)
    await pass_days(world, 10)
    for each in (accepted, declined):
        told = {"police": OVERDUE, "school": OVERDUE}
        assert await heard(world, marks, each["id"]) == told
    for each in (over, cancelled):
        assert await heard(world, marks, each["id"]) == {}


async def test_a_new_date_is_watched_anew(world: World) -> None:
    action = await made(world)
    await pass_days(world, 2)
    anew = {"agency_id": agency(world.amina), "reason": "Late.", "due_on": day(world, 3)}
    done(await on_action(world.owen, action, "reassign", **anew))
    marks = await bookmarks(world)
    await pass_days(world, 3)
    assert await heard(world, marks, action["id"]) == {}
    await pass_days(world, 1)
    told = {"health_visiting": OVERDUE, "school": OVERDUE}
    assert await heard(world, marks, action["id"]) == told


async def test_a_chair_that_reads_the_alert_no_more_is_not_told(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    school = {"agency_id": agency(world.owen), "reason": "Sees him."}
    named = {"kind": "agencies", "agencies": [school]}
    alert = await publish(world, family, audience=named)
    again = {"kind": "reconsider_alert", "alert_id": alert["id"], "agency_id": agency(world.amina)}
    [action] = await assign(world, meeting, an_action(world, due_on=day(world, 1), **again))
    await superuser.execute("DELETE FROM alert_recipients WHERE alert_id = $1", alert["id"])
    marks = await bookmarks(world)
    await pass_days(world, 2)
    assert await heard(world, marks, action["id"]) == {"health_visiting": OVERDUE}


async def test_the_worker_goes_on_batch_by_batch(world: World) -> None:
    await pass_days(world, 0)
    meeting = await held_meeting(world)
    await assign(world, meeting, *[an_action(world, due_on=day(world))] * (BATCH + 1))
    world.clock.advance(timedelta(days=1))
    counts = [await tell_overdue_actions(world.worker) for _ in range(3)]
    assert counts == [BATCH, 1, 0]


async def test_every_step_stands_in_the_chronology_of_who_reads_it(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    school = {"agency_id": agency(world.owen), "reason": "Sees him."}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    again = {"kind": "reconsider_alert", "alert_id": alert["id"], "agency_id": agency(world.amina)}
    first, hidden = await assign(world, meeting, an_action(world), an_action(world, **again))
    now = done(await on_action(world.jonas, first, "accept"))
    now = done(await on_action(world.jonas, now, "decline", reason="Nobody is free."))
    anew = {"agency_id": agency(world.amina), "reason": "Closer."}
    now = done(await on_action(world.owen, now, "reassign", **anew))
    done(await on_action(world.amina, now, "complete", evidence="They heard it."))
    done(await on_action(world.owen, hidden, "cancel", reason="It has ended."))
    path = f"/v1/families/{family['id']}/chronology"

    async def told(who: Any, action: Any) -> list[tuple[str, Any]]:
        shown = done(await who.get(path, params={"order": "asc", "limit": 200}))["items"]
        return [
            (each["type"], each["note"])
            for each in shown
            if each["resource"]["id"] == action["id"]
            and each["resource"]["url"] == f"/v1/actions/{action['id']}"
        ]

    assert sorted(await told(world.tessa, first)) == [
        ("action.accepted", None),
        ("action.assigned", None),
        ("action.declined", "Nobody is free."),
        ("action.done", "They heard it."),
        ("action.reassigned", "Closer."),
    ]
    assert await told(world.jonas, hidden) == []
    bound = [("action.assigned", None), ("action.cancelled", "It has ended.")]
    assert sorted(await told(world.amina, hidden)) == bound
