"""What agencies do about a written agreement with a family, and bodies for it."""

from typing import Any

import httpx

from tests.hostility import decide, record, shared_with
from tests.world import Caller, World, etag, key, shared_family

RECORDER = {"name": "A Colleague", "job_title": "practitioner"}
CONTENT: dict[str, Any] = {
    "unacceptable_behaviours": [
        {"code": "swearing"},
        {"code": "shouting", "words": "Also at the school gate."},
        {"words": "Standing in the doorway."},
    ],
    "counts_in_child_risk_assessment": True,
    "risk_assessment_wording": "How you treat visitors counts when we judge how safe Maya is.",
    "consequences": [
        {"code": "office_only_contact", "rationale": "Maya is seen at school every week."},
        {"code": "supervision_order"},
    ],
    "language": "en",
    "formats": ["written", "read_aloud"],
}


def content(**changes: Any) -> dict[str, Any]:
    return CONTENT | changes


def an_agreement(**changes: Any) -> dict[str, Any]:
    """A body that draws one up."""
    return {
        "content": CONTENT,
        "review_due": "2027-01-15",
        "author": {"staff_id": "staff-amina"},
        **changes,
    }


async def draft(who: Caller, family: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/v1/families/{family['id']}/agreements"
    return await who.post(path, an_agreement(**changes), headers=key())


async def on_agreement(
    who: Caller, agreement: dict[str, Any], verb: str, body: Any, **headers: str
) -> httpx.Response:
    path = f"/v1/agreements/{agreement['id']}/{verb}"
    return await who.post(path, body, headers={**etag(agreement), **headers})


async def give(
    who: Caller, agreement: dict[str, Any], members: list[str], **changes: Any
) -> httpx.Response:
    body = {"given_on": "2026-11-20", "member_ids": members, "language": "en"}
    return await on_agreement(who, agreement, "give", body | {"formats": ["written"]} | changes)


async def sign(
    who: Caller, agreement: dict[str, Any], members: list[str], **changes: Any
) -> httpx.Response:
    body = {"outcome": "signed", "member_ids": members, "on": "2026-11-21", **changes}
    return await on_agreement(who, agreement, "sign", body)


async def refuse(
    who: Caller, agreement: dict[str, Any], members: list[str], **changes: Any
) -> httpx.Response:
    given = {"outcome": "refused", "said": "Not before he is heard.", **changes}
    return await sign(who, agreement, members, **given)


async def review(who: Caller, agreement: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {
        "held_on": "2026-11-23",
        "outcome": "continue",
        "note": "Two calm visits.",
        "review_due": "2027-02-15",
        **changes,
    }
    return await on_agreement(who, agreement, "review", body)


async def replace(who: Caller, agreement: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"content": CONTENT, "review_due": "2027-01-20", "reason": "He has moved in.", **changes}
    return await on_agreement(who, agreement, "replace", body, **key())


async def end(
    who: Caller, agreement: dict[str, Any], reason: str = "No longer needed."
) -> httpx.Response:
    return await on_agreement(who, agreement, "end", {"reason": reason})


async def change(who: Caller, agreement: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"content": content(language="cy"), "reason": "Plainer words.", **changes}
    return await on_agreement(who, agreement, "change", body)


async def hand_over(who: Caller, agreement: dict[str, Any], taker: Caller) -> httpx.Response:
    body = {"agency_id": str(taker.agency.id)}
    return await on_agreement(who, agreement, "hand-over", body)


def a_breach(**changes: Any) -> dict[str, Any]:
    return {
        "occurred_on": "2026-11-22",
        "behaviours": [{"code": "shouting"}],
        "said": "He was reminded of it, and left.",
        "consequence": {"why_not": "He apologised."},
        **changes,
    }


async def breach(who: Caller, agreement: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/v1/agreements/{agreement['id']}/breaches"
    return await who.post(path, a_breach(**changes), headers=key())


def done(answer: httpx.Response) -> dict[str, Any]:
    """What was answered, where all went well."""
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def parents(family: dict[str, Any]) -> list[str]:
    return [each["id"] for each in family["members"] if each["kind"] == "adult"]


async def drafted(world: World, family: dict[str, Any] | None = None, **changes: Any) -> Any:
    """A draft of health visiting, by Amina."""
    return done(await draft(world.amina, family or await shared_family(world), **changes))


async def given(world: World, family: dict[str, Any], **changes: Any) -> Any:
    made = await drafted(world, family, **changes)
    return done(await give(world.amina, made, parents(family)))


async def in_force(world: World, family: dict[str, Any], **changes: Any) -> Any:
    made = await given(world, family, **changes)
    return done(await sign(world.amina, made, parents(family)))


async def refused(world: World, family: dict[str, Any]) -> Any:
    made = await given(world, family)
    return done(await refuse(world.amina, made, parents(family)))


async def read(who: Caller, agreement: dict[str, Any]) -> dict[str, Any]:
    return done(await who.get(f"/v1/agreements/{agreement['id']}"))


async def steps(who: Caller, agreement: dict[str, Any]) -> list[dict[str, Any]]:
    found = done(await who.get(f"/v1/agreements/{agreement['id']}/steps"))
    items: list[dict[str, Any]] = found["items"]
    return items


async def breaches(who: Caller, agreement: dict[str, Any]) -> list[dict[str, Any]]:
    found = done(await who.get(f"/v1/agreements/{agreement['id']}/breaches"))
    items: list[dict[str, Any]] = found["items"]
    return items


async def an_incident(
    world: World,
    family: dict[str, Any],
    owner: str,
    *readers: str,
    status: str = "open",
) -> str:
    """Of one agency, shared with others or with nobody."""
    system = world.people[f"{owner}_system"]
    incident = await record(world, family, system, recorder=RECORDER)
    if readers:
        given = [shared_with(world.people[f"{each}_system"]) for each in readers]
        decided = await decide(incident, system, *given, practitioner=RECORDER)
        assert decided.status_code == 200, decided.text
    if status == "entered_in_error":
        path = f"/v1/incidents/{incident['id']}/enter-in-error"
        manager = {"police": world.nadia, "school": world.owen}[owner]
        ended = await manager.post(path, {"reason": "No such thing."}, headers=etag(incident))
        assert ended.status_code == 200, ended.text
    return str(incident["id"])
