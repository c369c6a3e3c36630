"""What is said to a meeting while its chair changes it: one after the other, and nobody misled."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.arranging import exclude, hand_over, report
from tests.concluding import (
    a_draft,
    finalise,
    held_meeting,
    respond,
    save,
    try_to_finalise,
)
from tests.conformance.scene import employ
from tests.involving import bookmarks, heard
from tests.locks import COUNTER, held, waiters
from tests.test_outcome_alerts import about as decided_about
from tests.test_outcome_alerts import of_the_school
from tests.world import World, an_alert, key, shared_family

pytestmark = pytest.mark.anyio
CANARY = "Canary7731Zz"


def done(answer: Any) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_correction_is_told_to_no_agency_that_has_handed_the_chair_over(
    world: World, superuser: Any
) -> None:
    """Asked for at the moment of the handing over, it is told to the former chair's agency, which
    does not read it, and not to the new one's."""
    await employ(world, "health_visiting", "hera", ["chair"])
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    outcome = await finalise(world, meeting)
    recorded = done(await world.owen.get(f"/v1/meetings/{meeting['id']}"))
    marks = await bookmarks(world)
    # The chair's agency's counter keeps the hand-over at its very commit.
    async with held(world.urls["postgres"], COUNTER, world.agencies["school"].id):
        handing = asyncio.create_task(hand_over(world.owen, recorded, world.hera))
        await waiters(superuser, 1)
        asking = asyncio.create_task(
            respond(world.jonas, outcome, answer="correction_asked", correction="Another day.")
        )
        await waiters(superuser, 2)
    assert (await handing).status_code == 200
    assert (await asking).status_code in (201, 409)
    if (await asking).status_code == 201:
        now = await heard(world, marks, meeting["id"])
        assert "meeting.correction_asked" in now["health_visiting"], now
        assert "meeting.correction_asked" not in now["school"], now


async def _changes_meanwhile(
    world: World, superuser: Any, meeting: dict[str, Any], change: str, asked: Any
) -> Any:
    """What somebody sends while the chair's transaction, which has changed the meeting, waits to
    commit: exactly as `lock_meeting` locks it and the family is held."""
    connection = await asyncpg.connect(world.urls["postgres"])
    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT FROM families WHERE id = $1 FOR KEY SHARE", UUID(meeting["family_id"])
            )
            await connection.execute(
                "SELECT FROM meetings WHERE id = $1 FOR UPDATE", UUID(meeting["id"])
            )
            await connection.execute(change, UUID(meeting["id"]))
            sending = asyncio.create_task(asked)
            await waiters(superuser, 1)
    finally:
        await connection.close()
    return await sending


async def test_no_report_is_submitted_to_what_has_just_been_recorded(
    world: World, superuser: Any
) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    change = "UPDATE meetings SET status = 'recorded' WHERE id = $1"
    asked = report(world.jonas, meeting)
    answer = await _changes_meanwhile(world, superuser, meeting, change, asked)
    assert answer.status_code == 409, answer.text


async def test_no_exclusion_is_asked_of_what_has_just_been_recorded(
    world: World, superuser: Any
) -> None:
    """Nobody can decide it any more."""
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    change = "UPDATE meetings SET status = 'recorded' WHERE id = $1"
    asked = exclude(world.jonas, meeting, family["members"][1])
    answer = await _changes_meanwhile(world, superuser, meeting, change, asked)
    assert answer.status_code == 409, answer.text


async def test_no_version_is_confirmed_that_has_just_been_amended(
    world: World, superuser: Any
) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    outcome = await finalise(world, meeting)
    change = "UPDATE meetings SET outcome_number = 2 WHERE id = $1"
    asked = respond(world.jonas, outcome)
    answer = await _changes_meanwhile(world, superuser, meeting, change, asked)
    assert answer.status_code == 409, answer.text


async def test_of_two_meetings_recorded_at_once_one_plan_stands(
    world: World, superuser: Any
) -> None:
    """The same agency, the same readers: the later plan takes the place of the earlier."""
    family = await shared_family(world)
    meetings = [await held_meeting(world, family) for _ in range(2)]
    drafts = [await save(world, each) for each in meetings]
    async with held(world.urls["postgres"], COUNTER, world.agencies["police"].id):
        both = [
            asyncio.create_task(try_to_finalise(world.owen, *each))
            for each in zip(meetings, drafts, strict=True)
        ]
        await waiters(superuser, 2)
    assert [(await each).status_code for each in both] == [201, 201]
    path = f"/v1/families/{family['id']}/plans"
    page = done(await world.owen.get(path, params={"status": "current"}))
    assert len(page["items"]) == 1


async def test_an_alert_and_its_replacement_are_withdrawn_while_that_is_ratified(
    world: World, superuser: Any
) -> None:
    """Ratifying locks the replacement and then what it replaces; recording, the other way."""
    await employ(world, "school", "simone", ["manager"])
    family = await shared_family(world)
    before = await of_the_school(world, family, severity="caution")
    body = {
        "reason": "It is worse.",
        "replacement": an_alert(family, author=None, severity="caution"),
    }
    path = f"/v1/alerts/{before['id']}"
    headers = {"If-Match": f'"{before["version"]}"'}
    replaced = await world.owen.post(f"{path}/supersede", body, headers=headers | key())
    after = done(replaced)
    before = done(await world.owen.get(path))
    meeting = await held_meeting(world, family)
    taken = [decided_about(each, "withdrawn", version=each["version"]) for each in (before, after)]
    draft = await save(world, meeting, a_draft(meeting, alerts=taken))
    headers = {"If-Match": f'"{after["version"]}"'}
    locking = "SELECT FROM alerts WHERE id = $1 FOR UPDATE"
    async with held(world.urls["postgres"], locking, UUID(before["id"])):
        recording = asyncio.create_task(try_to_finalise(world.owen, meeting, draft))
        await waiters(superuser, 1)
        ratifying = asyncio.create_task(
            world.simone.post(f"/v1/alerts/{after['id']}/ratify", {}, headers=headers)
        )
        await waiters(superuser, 2)
    answers = [(await each).status_code for each in (recording, ratifying)]
    assert 503 not in answers, answers
