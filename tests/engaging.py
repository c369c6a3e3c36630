"""What agencies record of how a family engages, and bodies for it."""

from typing import Any

import httpx

from tests.world import Caller, etag, key

WRITER = {"name": "A Colleague", "job_title": "health visitor"}


def an_observation(**changes: Any) -> dict[str, Any]:
    """Confrontation at the door, which was not answered."""
    return {
        "observed_on": "2026-11-20",
        "contact": "home_visit",
        "took_place": False,
        "child": {"seen": False, "why_not": "Nobody opened."},
        "type": "confrontation",
        "indicators": ["door_not_answered_while_in"],
        "reasons": [{"code": "fears_children_taken_away", "asserted_by": "practitioner"}],
        "narrative": "Somebody moved behind the curtain.",
        "challenged": {"challenged": True, "statement": "Spoke through the letter box."},
        "practitioner": WRITER,
        **changes,
    }


def calm(**changes: Any) -> dict[str, Any]:
    """A visit on which the child was seen alone, and nothing was met."""
    return {
        "observed_on": "2026-11-21",
        "contact": "home_visit",
        "took_place": True,
        "child": {"seen": True, "alone": True},
        "type": "none",
        "practitioner": WRITER,
        **changes,
    }


def a_constraint(**changes: Any) -> dict[str, Any]:
    return {
        "area": "seeing_child_alone",
        "why": "The father stays in the room.",
        "since": "2026-11-02",
        "included_in_child_risk_assessment": {"answer": "not_yet"},
        "practitioner": WRITER,
        **changes,
    }


def an_inability(**changes: Any) -> dict[str, Any]:
    return {
        "since": "2026-11-16",
        "why": "The father follows the health visitor to her car.",
        "cover": {"statement": "Nobody yet."},
        "gathering": {"answer": "yes", "statement": "By the school."},
        "monitoring": {"answer": "yes", "statement": "By the school, weekly."},
        "multi_agency_plan": {"answer": "not_agreed", "statement": "To be agreed on Monday."},
        "practitioner": WRITER,
        **changes,
    }


def advice(**changes: Any) -> dict[str, Any]:
    return {
        "advised_on": "2026-11-18",
        "kind": "cultural",
        "source": "Link worker of the community centre",
        "advice": "Greet the grandmother first.",
        "practitioner": WRITER,
        **changes,
    }


BODIES = {
    "engagement/observations": an_observation,
    "assessment-constraints": a_constraint,
    "engagement/inabilities": an_inability,
    "engagement/expert-advice": advice,
}
# Where each is read by its id, and what a correction calls its content.
PLACES = {
    "engagement/observations": ("engagement-observations", "observation"),
    "assessment-constraints": ("assessment-constraints", "constraint"),
    "engagement/inabilities": ("engagement-inabilities", "inability"),
    "engagement/expert-advice": ("expert-advice", "advice"),
}


async def ask_to_record(
    who: Caller, family: dict[str, Any], what: str, body: dict[str, Any]
) -> httpx.Response:
    return await who.post(f"/v1/families/{family['id']}/{what}", body, headers=key())


async def recorded(
    who: Caller, family: dict[str, Any], what: str, **changes: Any
) -> dict[str, Any]:
    """One of these, as its writer sees it."""
    answer = await ask_to_record(who, family, what, BODIES[what](**changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def at(what: str, row: dict[str, Any]) -> str:
    return f"/v1/{PLACES[what][0]}/{row['id']}"


async def correct(who: Caller, what: str, row: dict[str, Any], **changes: Any) -> httpx.Response:
    content = BODIES[what](**changes)
    del content["practitioner"]
    body = {"reason": "It was written in haste.", PLACES[what][1]: content, "practitioner": WRITER}
    return await who.post(f"{at(what, row)}/correct", body, headers=etag(row))


async def resolve(who: Caller, what: str, row: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"resolved_on": "2026-11-23", "how": "Agreed with the mother.", "practitioner": WRITER}
    return await who.post(f"{at(what, row)}/resolve", body | changes, headers=etag(row))


async def listed(
    who: Caller, family: dict[str, Any], what: str, **asked: Any
) -> list[dict[str, Any]]:
    answer = await who.get(f"/v1/families/{family['id']}/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def change_profile(
    who: Caller, family: dict[str, Any], version: int, **parts: Any
) -> httpx.Response:
    path = f"/v1/families/{family['id']}/engagement/profile"
    body = {"practitioner": WRITER, **parts}
    return await who.patch(path, body, headers={"If-Match": f'"{version}"'})
