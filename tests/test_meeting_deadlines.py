"""The next meeting that an outcome asks for: its absence is told in time, once."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.foundation.calendar import london_date
from api.meetings.deadlines import BATCH, tell_follow_ups
from tests.arranging import cancel, done, held, invited, meet
from tests.involving import bookmarks, heard, leave
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio

DUE = "meeting.follow_up_due"


async def work(world: World) -> None:
    while await tell_follow_ups(world.worker):
        pass


async def on_a_monday(world: World) -> None:
    """In a January without holidays, at ten."""
    now = world.clock.now()
    monday = now + timedelta(days=7 - now.weekday())
    monday = monday.replace(hour=10, minute=0, second=0, microsecond=0)
    world.clock.advance(monday - now)


async def asked_for(
    world: World, superuser: Any, family: dict[str, Any], days: int, kind: str = "core_group"
) -> dict[str, Any]:
    """A recorded meeting of the school, whose outcome wants a further one so many days from now."""
    now = await held(world, family)
    await superuser.execute(
        "UPDATE meetings SET status = 'recorded', outcome_number = 1, follow_up_kind = $2, "
        "follow_up_by = $3 WHERE id = $1",
        now["id"],
        kind,
        london_date(world.clock.now()) + timedelta(days=days),
    )
    return now


async def told(world: World, marks: dict[str, str], meeting: dict[str, Any]) -> dict[str, Any]:
    await work(world)
    return await heard(world, marks, meeting["id"])


async def test_its_agency_is_told_once_five_working_days_before(
    world: World, superuser: Any
) -> None:
    world.clock.advance(timedelta(days=50))
    await on_a_monday(world)
    assert london_date(world.clock.now()) == date(2027, 1, 18)
    now = await asked_for(world, superuser, await shared_family(world), 8)  # Tuesday of next week
    marks = await bookmarks(world)
    assert await told(world, marks, now) == {}
    world.clock.advance(timedelta(days=1))
    for _ in range(2):
        assert await told(world, marks, now) == {"school": [DUE]}
    world.clock.advance(timedelta(days=30))
    assert await told(world, marks, now) == {"school": [DUE]}


async def test_one_that_is_scheduled_keeps_it_silent_and_its_end_does_not(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    now = await asked_for(world, superuser, family, 2)
    marks = await bookmarks(world)
    following = await meet(world.owen, family, 1, kind="core_group")
    assert await told(world, marks, now) == {}
    done(await cancel(world.owen, following))
    assert await told(world, marks, now) == {"school": ["meeting.follow_up_due"]}


async def test_another_kind_or_an_earlier_one_is_not_the_next(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await meet(world.owen, family, -2, kind="core_group")
    now = await asked_for(world, superuser, family, 2)
    await meet(world.owen, family, 1, kind="debrief")
    marks = await bookmarks(world)
    assert await told(world, marks, now) == {"school": [DUE]}


@pytest.mark.parametrize("part", ["convened", "invited"])
async def test_one_that_the_agency_takes_part_in_is_enough(
    world: World, superuser: Any, part: str
) -> None:
    family = await shared_family(world)
    now = await asked_for(world, superuser, family, 2)
    following = await meet(world.jonas, family, 1, kind="core_group")
    police = {"agency": world.jonas.agency.id, "meeting": following["id"]}
    if part == "invited":  # and another agency answers for it
        await superuser.execute(
            "UPDATE meetings SET agency_id = $1 WHERE id = $2", police["agency"], police["meeting"]
        )
    else:
        await superuser.execute(
            "UPDATE meetings SET agency_id = convened_by, convened_by = agency_id WHERE id = $1",
            police["meeting"],
        )
    marks = await bookmarks(world)
    assert await told(world, marks, now) == {}


async def test_one_that_others_hold_without_it_says_nothing(world: World, superuser: Any) -> None:
    """That it was told would say there is none; that it was not, that there is one."""
    family = await shared_family(world)
    now = await asked_for(world, superuser, family, 2)
    hidden = await meet(world.jonas, family, 1, kind="core_group", invited=invited(world.jonas))
    await superuser.execute(
        "UPDATE meetings SET agency_id = convened_by WHERE id = $1", hidden["id"]
    )
    await superuser.execute(
        "UPDATE meeting_invitations SET withdrawn_at = now() WHERE meeting_id = $1 "
        "AND agency_id = $2",
        hidden["id"],
        world.owen.agency.id,
    )
    marks = await bookmarks(world)
    assert await told(world, marks, now) == {"school": [DUE]}


async def test_an_agency_that_is_not_involved_is_told_when_it_is_again(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    now = await asked_for(world, superuser, family, 2)
    marks = await bookmarks(world)
    done(await leave(family, world.school_system))
    assert await told(world, marks, now) == {}


async def test_all_that_is_due_is_told_batch_by_batch(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    now = await asked_for(world, superuser, family, 2)
    await superuser.execute(
        "INSERT INTO meetings SELECT (m).* FROM (SELECT jsonb_populate_record(x, jsonb_build_object"
        "('id', gen_random_uuid())) AS m FROM meetings x, generate_series(1, $2) WHERE x.id = $1)",
        now["id"],
        BATCH,
    )
    assert await tell_follow_ups(world.worker) == BATCH
    assert await tell_follow_ups(world.worker) == 1
    assert await tell_follow_ups(world.worker) == 0
