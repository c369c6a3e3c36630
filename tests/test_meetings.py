"""Meetings: scheduled, known to those invited only, held by their chair."""

import pytest

from tests.meeting import hold, on_meeting, schedule
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio


async def test_every_agency_involved_is_invited_and_told(world: World) -> None:
    family = await shared_family(world)
    meeting = await schedule(world, family)
    assert len(meeting["invited"]) == 3
    for who in (world.amina, world.jonas, world.tessa):
        assert (await who.get(f"/v1/meetings/{meeting['id']}")).json() == meeting
        assert (await who.events())[-1]["type"] == "meeting.scheduled"
    assert (await world.lena.get(f"/v1/meetings/{meeting['id']}")).status_code == 404


async def test_who_is_not_invited_knows_of_nothing(world: World) -> None:
    family = await shared_family(world)
    police = str(world.police_system.agency.id)
    before = await world.amina.events()
    meeting = await schedule(
        world, family, invited=[{"agency_id": police, "reason": "Was called out in June."}]
    )
    assert (await world.amina.get(f"/v1/meetings/{meeting['id']}")).status_code == 404
    assert await world.amina.events() == before
    assert (await world.jonas.events())[-1]["type"] == "meeting.scheduled"


async def test_its_chair_alone_notes_that_it_was_held(world: World) -> None:
    meeting = await schedule(world, await shared_family(world))
    assert (await on_meeting(world.owen, meeting, "hold", {})).status_code == 409
    held = await hold(world, meeting)
    assert held["status"] == "held"
    assert (await world.jonas.events())[-1]["type"] == "meeting.held"
    assert (await on_meeting(world.tessa, held, "hold", {})).status_code == 403
