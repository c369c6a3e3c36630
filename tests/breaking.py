"""Steps that tests of break-glass share."""

from datetime import timedelta
from typing import Any

import httpx

from api.families.break_glass.deadlines import tell_overdue_reviews
from tests.world import Caller, World, etag, key

REASON = {"reason_code": "emergency_visit", "reason": "Called out to the address tonight."}
NOTE = {"outcome": "justified", "note": "The duty log shows the visit."}
HEADER = "Break-Glass"


async def try_to_open(
    who: Caller, family: dict[str, Any], headers: dict[str, str] | None = None, **changes: Any
) -> httpx.Response:
    path = f"/v1/families/{family['id']}/break-glass"
    return await who.post(path, {**REASON, **changes}, headers=headers or key())


async def opened(who: Caller, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await try_to_open(who, family, **changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def end(grant: dict[str, Any], who: Caller) -> httpx.Response:
    return await who.post(f"/v1/break-glass/{grant['id']}/end", headers=etag(grant))


async def review(grant: dict[str, Any], who: Caller, **changes: Any) -> httpx.Response:
    path = f"/v1/break-glass/{grant['id']}/review"
    return await who.post(path, {**NOTE, **changes}, headers=etag(grant))


async def read(grant: dict[str, Any], who: Caller) -> dict[str, Any]:
    answer = await who.get(f"/v1/break-glass/{grant['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def listed(who: Caller, **query: Any) -> list[str]:
    answer = await who.get("/v1/break-glass", params=query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def banner(who: Caller, family: dict[str, Any]) -> httpx.Response:
    return await who.get(f"/v1/families/{family['id']}/banner")


async def pass_time(world: World, by: timedelta) -> None:
    """Moves the clock, and lets the worker tell what is due."""
    world.clock.advance(by)
    while await tell_overdue_reviews(world.worker):
        pass
