"""Several at once on one meeting: nothing is overwritten, and nobody who was sent away is left."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.arranging import (
    cancel,
    done,
    exclude,
    hand_over,
    invited,
    meet,
    move,
    read,
    report,
    reports,
    steps,
    times,
    uninvite,
)
from tests.conformance.scene import employ
from tests.involving import bookmark, joining, leave, news, token_for
from tests.locks import COUNTER, held, waiters
from tests.meeting import on_meeting
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 4


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(each.status_code for each in answers)


async def test_of_two_moves_at_once_one_reads_it_again(world: World) -> None:
    for _ in range(ROUNDS):
        made = await meet(world.jonas, await shared_family(world))
        both = await asyncio.gather(
            move(world.jonas, made, **times(world, 2)), move(world.owen, made, **times(world, 3))
        )
        assert statuses(both) == [200, 412], [each.text for each in both]
        [kept] = [each.json() for each in both if each.status_code == 200]
        assert await read(world.amina, made) == kept
        assert [each["act"] for each in await steps(world.amina, made)] == ["schedule", "move"]


async def test_a_meeting_is_not_held_by_who_has_just_handed_it_over(world: World) -> None:
    await employ(world, "police", "paul", ["chair"])
    for _ in range(ROUNDS):
        made = await meet(world.owen, await shared_family(world), -1)
        both = await asyncio.gather(
            hand_over(world.owen, made, world.paul), on_meeting(world.owen, made, "hold", {})
        )
        # Who comes second reads it again, or finds that another person is the chair.
        assert statuses(both)[0] == 200
        assert statuses(both)[1] in (403, 412), [each.text for each in both]
        assert len(await steps(world.amina, made)) == 2


async def test_what_is_cancelled_at_once_with_a_move_is_only_one_of_both(world: World) -> None:
    for _ in range(ROUNDS):
        made = await meet(world.owen, await shared_family(world))
        both = await asyncio.gather(move(world.owen, made), cancel(world.owen, made))
        assert statuses(both) == [200, 412]


@pytest.mark.parametrize("first", ["reports", "withdraws"])
async def test_an_agency_reports_before_it_is_sent_away_or_not_at_all(
    world: World, superuser: Any, first: str
) -> None:
    """The first of both waits at the very end, to tell the school: the other waits for it."""
    made = await meet(world.owen, await shared_family(world))

    async def reporting() -> httpx.Response:
        return await report(world.jonas, made)

    async def withdrawing() -> httpx.Response:
        return await uninvite(world.owen, made, world.jonas)

    await world.jonas.token(), await world.owen.token()
    told = world.owen.agency.id if first == "reports" else world.jonas.agency.id
    acts = [reporting, withdrawing] if first == "reports" else [withdrawing, reporting]
    async with held(world.urls["postgres"], COUNTER, told):
        one = asyncio.create_task(acts[0]())
        await waiters(superuser, 1)
        other = asyncio.create_task(acts[1]())
        await waiters(superuser, 2)
    first_answer, second_answer = await one, await other
    assert first_answer.is_success, first_answer.text
    if first == "reports":
        assert second_answer.status_code == 200, second_answer.text
        assert len(await reports(world.amina, made)) == 1
    else:
        assert second_answer.status_code == 404, second_answer.text
        assert await reports(world.amina, made) == []


async def test_by_chance_too_no_report_is_of_one_that_was_sent_away_before(world: World) -> None:
    for _ in range(ROUNDS):
        made = await meet(world.owen, await shared_family(world))
        sent, gone = await asyncio.gather(
            report(world.jonas, made), uninvite(world.owen, made, world.jonas)
        )
        assert gone.status_code == 200, gone.text
        assert sent.status_code in (201, 404), sent.text
        assert len(await reports(world.amina, made)) == (sent.status_code == 201)


async def test_an_exclusion_is_not_asked_for_by_who_is_sent_away_at_that_moment(
    world: World,
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        made = await meet(world.owen, family)
        sent, gone = await asyncio.gather(
            exclude(world.jonas, made, family["members"][1]),
            uninvite(world.owen, made, world.jonas),
        )
        assert gone.status_code == 200, gone.text
        assert sent.status_code in (201, 404), sent.text


async def test_a_meeting_is_never_left_to_an_agency_that_leaves_at_that_moment(
    world: World,
) -> None:
    await employ(world, "police", "petra", ["chair"])
    for _ in range(ROUNDS):
        family = await shared_family(world)
        made = await meet(world.owen, family)
        handed, left = await asyncio.gather(
            hand_over(world.owen, made, world.petra), leave(family, world.police_system)
        )
        outcome = (handed.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (handed.text, left.text)


async def test_whoever_joins_while_it_is_invited_learns_of_the_meeting_once(world: World) -> None:
    for number in range(ROUNDS):
        family = await shared_family(world)
        token = await token_for(family, world.probation_system)
        mark = await bookmark(world.probation_system)
        body = joining({"join_token": token}, f"MEETING-{number}")
        path = f"/v1/families/{family['id']}/involvements"
        made, joined = await asyncio.gather(
            meet(world.owen, family, invited=invited(world.lena)),
            world.probation_system.post(path, body),
        )
        done(joined)
        told = [
            each["type"]
            for each in await news(world.probation_system, mark)
            if each["data"]["resource"] and each["data"]["resource"]["id"] == made["id"]
        ]
        assert told in (["meeting.invited"], ["meeting.scheduled"])
