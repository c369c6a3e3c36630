"""Steps that tests of outcomes share: a draft that can be recorded, saving and recording it."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.meeting import on_meeting, schedule
from tests.world import Caller, World, etag, key

POLICE = {"name": "Jonas Wood", "job_title": "police constable"}


def a_draft(meeting: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Everything that the outcome of a practitioners' meeting needs."""
    return {
        **a_record(meeting),
        "next_meeting": {"kind": "practitioners_meeting", "on": days_after(meeting, 45)},
        "family_sharing_plan": {
            "sharing": {
                "what": "That the agencies met, why, and what each of them will do.",
                "how": "At home, by two practitioners, in plain words.",
                "on": days_after(meeting, 9),
                "by": "The health visitor and the school nurse.",
            }
        },
        **changes,
    }


def a_record(meeting: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The part of it that an amendment tells anew."""
    return {
        "attendance": [
            {"agency_id": each["agency_id"], "attendance": "attended", "people": [POLICE]}
            for each in meeting["invited"]
        ],
        "decisions": [
            {"decision": "Visits are joint until January.", "reasons": "Two ended in threats."}
        ],
        "child_lived_experience": {"known": True, "statement": "Maya hides upstairs."},
        **changes,
    }


def an_action(agency: Any, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "task",
        "agency_id": str(agency),
        "what": "Ask the housing office for the other address.",
        "due_on": "2027-06-01",
        **changes,
    }


def days_after(meeting: dict[str, Any], days: int) -> str:
    start = datetime.fromisoformat(meeting["starts_at"])
    return (start + timedelta(days=days)).date().isoformat()


def at(meeting: dict[str, Any], place: str = "") -> str:
    return f"/v1/meetings/{meeting['id']}/outcome{place}"


async def held_meeting(world: World, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Of the school, chaired by `owen`: it began three hours ago, and is over."""
    times = {"starts_at": _hours_ago(world, 3), "ends_at": _hours_ago(world, 2)}
    meeting = await schedule(world, family, **{**times, **changes})
    answer = await on_meeting(world.owen, meeting, "hold", {})
    assert answer.status_code == 200, answer.text
    held: dict[str, Any] = answer.json()
    return held


def _hours_ago(world: World, hours: int) -> str:
    return (world.clock.now() - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def try_to_save(
    who: Caller, meeting: dict[str, Any], body: Any, version: int = 0
) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'}
    return await who.request("PUT", at(meeting), json=body, headers=headers)


async def save(
    world: World, meeting: dict[str, Any], body: Any = None, version: int = 0
) -> dict[str, Any]:
    answer = await try_to_save(world.owen, meeting, body or a_draft(meeting), version)
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    return saved


async def try_to_finalise(
    who: Caller, meeting: dict[str, Any], draft: dict[str, Any]
) -> httpx.Response:
    return await who.post(at(meeting, "/finalise"), headers=etag(draft) | key())


async def concluding(world: World, meeting: dict[str, Any], **changes: Any) -> httpx.Response:
    """Saves a draft with these changes as the next one, and tries to record it."""
    kept = (await world.owen.get(at(meeting, "/draft"))).json()
    draft = await save(world, meeting, a_draft(meeting, **changes), kept["version"])
    return await try_to_finalise(world.owen, meeting, draft)


async def finalise(world: World, meeting: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await concluding(world, meeting, **changes)
    assert answer.status_code == 201, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


async def recorded_meeting(
    world: World, family: dict[str, Any], **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The meeting as it was held, and its outcome."""
    meeting = await held_meeting(world, family)
    return meeting, await finalise(world, meeting, **changes)


async def amend(
    who: Caller, outcome: dict[str, Any], record: dict[str, Any], **changes: Any
) -> httpx.Response:
    body = {"reason": "The police were there from the beginning.", "outcome": record, **changes}
    path = f"/v1/meetings/{outcome['meeting_id']}/outcome/amend"
    return await who.post(path, body, headers=etag(outcome) | key())


async def respond(who: Caller, outcome: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"number": outcome["number"], "answer": "confirmed", **changes}
    path = f"/v1/meetings/{outcome['meeting_id']}/outcome/responses"
    return await who.post(path, body, headers=key())


def sections(answer: httpx.Response) -> dict[str, str]:
    """What was refused: the pointer and the reason."""
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["detail"] for each in answer.json()["errors"]}
