"""Steps that tests of incidents share: recording one, sharing it, closing it."""

from datetime import timedelta
from typing import Any

import httpx

from api.worker import pass_all_deadlines
from tests.world import Caller, World, etag, key


def an_incident(family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body that records the least of an incident with the second member of a family."""
    return {
        "occurred_at": "2026-11-23T08:10:00Z",
        "behaved": [{"kind": "member", "member_id": family["members"][1]["id"]}],
        "behaviours": [{"code": "shouting", "manner": "actual"}],
        "towards": [{"role": "health visitor"}],
        "recorder": {"staff_id": "staff-amina"},
        **changes,
    }


async def try_to_record(
    world: World, family: dict[str, Any], who: Caller | None = None, **changes: Any
) -> httpx.Response:
    return await (who or world.health_visiting_system).post(
        f"/v1/families/{family['id']}/incidents", an_incident(family, **changes), headers=key()
    )


async def record(
    world: World, family: dict[str, Any], who: Caller | None = None, **changes: Any
) -> dict[str, Any]:
    """An incident of health visiting, unless somebody else is named."""
    answer = await try_to_record(world, family, who, **changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def shared_with(who: Caller, **changes: Any) -> dict[str, Any]:
    return {"agency_id": str(who.agency.id), "outcome": "shared", "how": "incident", **changes}


def not_shared_with(who: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "agency_id": str(who.agency.id),
        "outcome": "not_shared",
        "reason_code": "no_contact_likely",
        "reason": "Nobody of theirs visits.",
        **changes,
    }


async def decide(
    incident: dict[str, Any], who: Caller, *decisions: dict[str, Any], **changes: Any
) -> httpx.Response:
    body = {"decisions": list(decisions), **changes}
    path = f"/v1/incidents/{incident['id']}/sharing-decisions"
    return await who.post(path, body, headers=etag(incident))


async def decisions_of(incident: dict[str, Any], who: Caller) -> dict[str, Any]:
    answer = await who.get(f"/v1/incidents/{incident['id']}/sharing-decisions")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def correct(incident: dict[str, Any], who: Caller, **changes: Any) -> httpx.Response:
    return await who.patch(f"/v1/incidents/{incident['id']}", changes, headers=etag(incident))


async def decide_how_to_go_on(incident: dict[str, Any], who: Caller) -> httpx.Response:
    body = {"decision": "Visits go on in pairs.", "reasons": "The child must be seen at home."}
    path = f"/v1/incidents/{incident['id']}/decision"
    return await who.post(path, body, headers=etag(incident))


async def close(incident: dict[str, Any], who: Caller) -> httpx.Response:
    return await who.post(f"/v1/incidents/{incident['id']}/close", headers=etag(incident))


async def pass_time(world: World, by: timedelta) -> None:
    """Moves the clock, and lets the worker do everything that is due."""
    world.clock.advance(by)
    await pass_all_deadlines(world.worker)


async def throw_out(world: World, family: dict[str, Any]) -> None:
    """The police, by a contest of the school that health visiting upholds."""
    base = f"/v1/families/{family['id']}"
    listed = (await world.owen.get(f"{base}/involvements")).json()["items"]
    own = next(e for e in listed if e["agency_id"] == str(world.agencies["police"].id))
    contest = await world.owen.post(
        f"{base}/involvements/{own['id']}/contests", {"reason": "No open case."}
    )
    body = {"outcome": "upheld", "reason": "It does not work with the family."}
    path = f"{base}/contests/{contest.json()['id']}/decision"
    answer = await world.ruth.post(path, body)
    assert answer.status_code == 200, answer.text
