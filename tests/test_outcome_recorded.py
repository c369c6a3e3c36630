"""Outcomes recorded: what follows from them, and who reads what."""

import pytest

from tests.concluding import (
    at,
    held_meeting,
    recorded_meeting,
)
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio


async def test_everybody_invited_reads_what_was_recorded_and_is_told(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    assert outcome["number"] == 1
    assert outcome["by"]["name"] == "Owen"
    for who in (world.amina, world.jonas, world.tessa, world.police_system):
        read = await who.get(at(meeting))
        assert read.json() == outcome
        assert read.headers["ETag"] == f'"{outcome["version"]}"'
    told = [each["type"] for each in await world.amina.events()]
    assert {"meeting.outcome_recorded", "plan.drawn_up"} <= set(told)
    assert (await world.lena.get(at(meeting))).status_code == 404
    after = (await world.owen.get(f"/v1/meetings/{meeting['id']}")).json()
    assert (after["status"], after["outcome_number"]) == ("recorded", 1)


async def test_there_is_none_before(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    assert (await world.owen.get(at(meeting))).status_code == 404
    assert (await world.owen.get(at(meeting, "/versions"))).status_code == 404
