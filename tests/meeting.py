"""Steps that tests of meetings share: scheduling one, holding it."""

from datetime import timedelta
from typing import Any

import httpx

from tests.world import Caller, World, etag, key


def a_meeting(**changes: Any) -> dict[str, Any]:
    """A body that schedules one with the school's chair, who is `owen`."""
    return {
        "kind": "practitioners_meeting",
        "purpose": "Share what each agency meets, and agree who does what.",
        "starts_at": "2026-11-24T10:00:00Z",
        "ends_at": "2026-11-24T11:30:00Z",
        "place": "Civic Offices, room 2",
        "chair": {"staff_id": "staff-owen"},
        **changes,
    }


async def try_to_schedule(who: Caller, family: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/v1/families/{family['id']}/meetings"
    return await who.post(path, a_meeting(**changes), headers=key())


async def schedule(world: World, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Convened and chaired by `owen` of the school."""
    answer = await try_to_schedule(world.owen, family, **changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def on_meeting(
    who: Caller, meeting: dict[str, Any], verb: str, body: Any, **headers: str
) -> httpx.Response:
    path = f"/v1/meetings/{meeting['id']}/{verb}"
    return await who.post(path, body, headers={**etag(meeting), **headers})


async def hold(world: World, meeting: dict[str, Any]) -> dict[str, Any]:
    """A day later, by its chair."""
    world.clock.advance(timedelta(days=1, hours=1))
    answer = await on_meeting(world.owen, meeting, "hold", {})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
