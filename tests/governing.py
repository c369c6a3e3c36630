"""What managers do with an alert after it was published, and bodies for it."""

from typing import Any

import httpx

from tests.involving import PRACTITIONER
from tests.world import Caller, World, etag, key, publish, shared_family

CALM = {
    "severity": "A dog was set on the practitioner; nobody was hurt.",
    "time_since": "Eleven weeks.",
    "behaviour_since": "Two visits, both tense, no threats.",
    "one_off_stress": {"likely": False, "statement": "It was the second time."},
}


async def on_alert(
    who: Caller, alert: dict[str, Any], verb: str, body: Any, **headers: str
) -> httpx.Response:
    path = f"/v1/alerts/{alert['id']}/{verb}"
    return await who.post(path, body, headers={**etag(alert), **headers})


async def read(who: Caller, alert: dict[str, Any]) -> dict[str, Any]:
    answer = await who.get(f"/v1/alerts/{alert['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def ratified(world: World, family: dict[str, Any] | None = None, **changes: Any) -> Any:
    """An active alert of health visiting: written by Amina, ratified by Ruth."""
    alert = await publish(world, family or await shared_family(world), **changes)
    answer = await on_alert(world.ruth, alert, "ratify", {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def to_all(*event_types: str) -> dict[str, list[str]]:
    """What every agency of a shared family heard."""
    return {kind: list(event_types) for kind in ("health_visiting", "police", "school")}


def renewal(**changes: Any) -> dict[str, Any]:
    return {
        "outcome": "renewed",
        "weighed": CALM,
        "grounds": "The risk is as it was.",
        "review_due": "2027-04-01",
        **changes,
    }


def ending(**changes: Any) -> dict[str, Any]:
    return {"outcome": "withdrawn", "weighed": CALM, "grounds": "No risk is left.", **changes}


async def renew(who: Caller, alert: dict[str, Any], **changes: Any) -> httpx.Response:
    return await on_alert(who, alert, "reviews", renewal(**changes))


async def begin_review(who: Caller, alert: dict[str, Any]) -> httpx.Response:
    return await on_alert(who, alert, "review", {"reason": "Three calm visits."})


async def supersede(
    who: Caller, alert: dict[str, Any], replacement: dict[str, Any]
) -> httpx.Response:
    body = {"reason": "A second dog.", "replacement": replacement}
    return await on_alert(who, alert, "supersede", body, **key())


async def enter_in_error(
    who: Caller, alert: dict[str, Any], reason: str = "Wrong family."
) -> httpx.Response:
    return await on_alert(who, alert, "enter-in-error", {"reason": reason})


async def correct_subject(who: Caller, alert: dict[str, Any], **body: Any) -> httpx.Response:
    given = {
        "reason": "It was the uncle.",
        "subject": {"kind": "other_person", "description": "The father's brother"},
        **body,
    }
    return await on_alert(who, alert, "correct-subject", given, **key())


async def challenge(who: Caller, alert: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"raised_by": "agency", "statement": "It was another family.", **changes}
    return await who.post(f"/v1/alerts/{alert['id']}/challenges", body, headers=key())


async def on_challenge(who: Caller, made: dict[str, Any], verb: str, body: Any) -> httpx.Response:
    return await who.post(f"/v1/challenges/{made['id']}/{verb}", body, headers=etag(made))


def decision(outcome: str = "dismissed") -> dict[str, Any]:
    return {"outcome": outcome, "reason": "It was seen by two practitioners."}


async def acknowledge_recall(who: Caller, alert: dict[str, Any]) -> httpx.Response:
    body = {"practitioner": PRACTITIONER}
    return await who.post(f"/v1/recalls/{alert['id']}/acknowledgements", body, headers=key())


async def another_manager(world: World, kind: str, name: str, **changes: Any) -> Caller:
    """A further manager of an agency, created by the operator; the same one if there already."""
    if name in world.people:
        return world.people[name]
    agency = world.agencies[kind]
    body = {
        "staff_id": f"staff-{name}",
        "name": name.title(),
        "job_title": "manager",
        "roles": ["manager"],
        **changes,
    }
    answer = await world.ada.post(f"/v1/agencies/{agency.id}/practitioners", body)
    assert answer.status_code == 201, answer.text
    world.people[name] = Caller(world, agency, f"staff-{name}", name.title())
    return world.people[name]
