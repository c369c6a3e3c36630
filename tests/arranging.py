"""What agencies do about a meeting before its outcome: bodies and steps that tests share."""

from datetime import timedelta
from typing import Any

import httpx

from tests.meeting import on_meeting, try_to_schedule
from tests.world import Caller, World, key

REPORT: dict[str, Any] = {
    "audience": "invited",
    "known": "Maya is in year 2; her father collects her.",
    "concerns": "He shouted at two members of staff this month.",
    "child_lived_experience": "Maya asks to stay late.",
    "shared_with_family": {"done": True},
}
EXCLUDED: dict[str, Any] = {
    "outcome": "excluded",
    "reasons": "Two agencies do not dare to speak before him.",
    "views_heard": "In writing, through the lead practitioner.",
    "feedback": "By telephone, on the same day.",
}


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def times(world: World, days: float = 1, hours: float = 1.5) -> dict[str, str]:
    """So many days from now, for so long."""
    starts = world.clock.now() + timedelta(days=days)
    ends = starts + timedelta(hours=hours)
    return {"starts_at": spelled(starts), "ends_at": spelled(ends)}


def spelled(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


async def meet(
    who: Caller, family: dict[str, Any], days: float = 1, **changes: Any
) -> dict[str, Any]:
    """Chaired by `owen` of the school, whoever convenes it."""
    chair = {"staff_id": "staff-owen", "agency_id": str(who.world.agencies["school"].id)}
    given = {"chair": chair, **times(who.world, days), **changes}
    made: dict[str, Any] = done(await try_to_schedule(who, family, **given))
    return made


def invited(*who: Caller) -> list[dict[str, str]]:
    return [
        {
            "agency_id": str(each.agency.id),
            "reason": "Knows the family.",
            "joining_reason": "Works with the father.",
        }
        for each in who
    ]


async def read(who: Caller, meeting: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = done(await who.get(f"/v1/meetings/{meeting['id']}"))
    return found


async def steps(who: Caller, meeting: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(await who.get(f"/v1/meetings/{meeting['id']}/steps"))[
        "items"
    ]
    return found


async def move(who: Caller, meeting: dict[str, Any], **changes: Any) -> httpx.Response:
    given = changes or times(who.world, 2)
    return await on_meeting(who, meeting, "move", {"reason": "Illness.", **given})


async def cancel(who: Caller, meeting: dict[str, Any], **more: Any) -> httpx.Response:
    return await on_meeting(who, meeting, "cancel", {"reason": "They moved away.", **more})


async def held(world: World, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Held already when it is put on record, by its chair."""
    meeting = await meet(world.owen, family, -1, **changes)
    answer: dict[str, Any] = done(await on_meeting(world.owen, meeting, "hold", {}))
    return answer


async def invite(who: Caller, meeting: dict[str, Any], other: Caller) -> httpx.Response:
    return await on_meeting(who, meeting, "invitations", invited(other)[0])


async def uninvite(who: Caller, meeting: dict[str, Any], other: Caller) -> httpx.Response:
    verb = f"invitations/{other.agency.id}/withdraw"
    return await on_meeting(who, meeting, verb, {"reason": "Not known to them."})


async def hand_over(
    who: Caller, meeting: dict[str, Any], other: Caller, **changes: Any
) -> httpx.Response:
    named = {"staff_id": other.staff_id, "agency_id": str(other.agency.id)}
    return await on_meeting(who, meeting, "hand-over", {"reason": "Illness.", **named, **changes})


async def report(who: Caller, meeting: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/v1/meetings/{meeting['id']}/reports"
    return await who.post(path, REPORT | changes, headers=key())


async def reports(who: Caller, meeting: dict[str, Any]) -> list[dict[str, Any]]:
    answer = done(await who.get(f"/v1/meetings/{meeting['id']}/reports"))
    items: list[dict[str, Any]] = answer["items"]
    return items


async def exclude(
    who: Caller, meeting: dict[str, Any], member: dict[str, Any], **changes: Any
) -> httpx.Response:
    """Asks the chair to."""
    body = {"member_id": member["id"], "why": "Nobody dares to speak before him.", **changes}
    return await who.post(f"/v1/meetings/{meeting['id']}/exclusions", body, headers=key())


async def exclusions(who: Caller, meeting: dict[str, Any]) -> list[dict[str, Any]]:
    answer = done(await who.get(f"/v1/meetings/{meeting['id']}/exclusions"))
    items: list[dict[str, Any]] = answer["items"]
    return items


async def take_back(
    who: Caller, exclusion: dict[str, Any], body: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    path = f"/v1/meetings/{exclusion['meeting_id']}/exclusions/{exclusion['id']}/withdraw"
    given = {"If-Match": f'"{exclusion["version"]}"', **headers}
    return await who.post(path, body or {}, headers=given)


async def decide(
    who: Caller, exclusion: dict[str, Any], body: dict[str, Any], **headers: str
) -> httpx.Response:
    path = f"/v1/meetings/{exclusion['meeting_id']}/exclusions/{exclusion['id']}/decide"
    given = {"If-Match": f'"{exclusion["version"]}"', **headers}
    return await who.post(path, body, headers=given)
