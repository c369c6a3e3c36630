"""Steps that tests of families and alerts share: who is involved, leaving, and what was told."""

from typing import Any

import httpx

from tests.world import Caller, World, a_family, etag, nhs_number

PRACTITIONER = {"name": "A Colleague", "job_title": "practitioner"}


async def involvement_of(family: dict[str, Any], who: Caller, reader: Caller) -> dict[str, Any]:
    """The active involvement of `who`, as `reader` sees it."""
    listed = await reader.get(f"/v1/families/{family['id']}/involvements")
    assert listed.status_code == 200, listed.text
    return next(each for each in listed.json()["items"] if each["agency_id"] == str(who.agency.id))


async def leave(family: dict[str, Any], who: Caller) -> httpx.Response:
    own = await involvement_of(family, who, who)
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/leave"
    return await who.post(path, {"reason": "The case is closed"}, headers=etag(own))


async def hand_over_lead(family: dict[str, Any], giver: Caller, taker: Caller) -> httpx.Response:
    now = (await giver.get(f"/v1/families/{family['id']}")).json()
    return await giver.post(
        f"/v1/families/{family['id']}/lead", {"agency_id": str(taker.agency.id)}, headers=etag(now)
    )


async def hand_over_alert(alert: dict[str, Any], giver: Caller, taker: Caller) -> httpx.Response:
    return await giver.post(
        f"/v1/alerts/{alert['id']}/hand-over",
        {"agency_id": str(taker.agency.id)},
        headers=etag(alert),
    )


async def acknowledge(alert: dict[str, Any], who: Caller) -> httpx.Response:
    body = {"practitioner": PRACTITIONER}
    return await who.post(f"/v1/alerts/{alert['id']}/acknowledgements", body)


async def ratify(alert: dict[str, Any], who: Caller) -> httpx.Response:
    return await who.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers=etag(alert))


async def withdraw(alert: dict[str, Any], who: Caller, reason: str = "Over.") -> httpx.Response:
    path = f"/v1/alerts/{alert['id']}/withdraw"
    return await who.post(path, {"reason": reason}, headers=etag(alert))


async def token_for(family: dict[str, Any], who: Caller) -> str:
    """A join token, by a match of the first member's identifiers."""
    wanted = [
        {"system": each["system"], "value": each["value"]}
        for each in family["members"][0]["identifiers"]
    ]
    found = await who.post("/v1/families/match", {"members": [{"identifiers": wanted}]})
    assert found.status_code == 200, found.text
    return found.json()["items"][0]["join_token"]


def joining(ground: dict[str, Any], local_id: str) -> dict[str, Any]:
    """A body that joins on a `join_token` or an `invitation_id`."""
    return {
        **ground,
        "local_id": local_id,
        "reason": "Works with the family",
        "practitioner": PRACTITIONER,
    }


async def news(who: Caller, after: str | None = None) -> list[dict[str, Any]]:
    """Everything in the feed of the agency after a bookmark, page by page."""
    found, _ = await _read_feed(who, after)
    return found


async def bookmark(who: Caller) -> str:
    """Where the feed of the agency ends now."""
    _, cursor = await _read_feed(who, None)
    return cursor


async def _read_feed(who: Caller, after: str | None) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    while True:
        query = {"limit": 200} | ({"after": after} if after else {})
        page = await who.get("/v1/events", params=query)
        assert page.status_code == 200, page.text
        items, after = page.json()["items"], page.json()["next"]
        found += items
        if len(items) < 200:
            return found, str(after)


def types(events: list[dict[str, Any]]) -> list[str]:
    return [each["type"] for each in events]


def about(events: list[dict[str, Any]], resource_id: str) -> list[str]:
    """The types of the events on one resource."""
    return [
        each["type"]
        for each in events
        if each["data"]["resource"] and each["data"]["resource"]["id"] == resource_id
    ]


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of a refusal, which must be this one."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return body


def pointers(answer: httpx.Response) -> list[str]:
    """The fields that a 422 names."""
    return [each["pointer"] for each in problem(answer, 422, "invalid")["errors"]]


def a_child(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "child",
        "given_name": "Ines",
        "family_name": "Moreau",
        "birth_date": "2020-06-01",
        "identifiers": [{"system": "nhs_number", "value": nhs_number()}],
        **changes,
    }


def an_adult(**changes: Any) -> dict[str, Any]:
    return a_child(**{"kind": "adult", "birth_date": "1988-03-09", **changes})


def family_of(*members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return a_family(members=list(members), **changes)


async def registered(who: Caller, *members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await who.post("/v1/families", family_of(*members, **changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


AGENCIES = ("health_visiting", "police", "school", "probation")


async def bookmarks(world: World) -> dict[str, str]:
    """Where each agency's feed ends now."""
    return {kind: await bookmark(world.people[f"{kind}_system"]) for kind in AGENCIES}


async def heard(world: World, marks: dict[str, str], resource_id: str) -> dict[str, list[str]]:
    """What each agency was told of one resource since its bookmark; left out: nothing."""
    told = {
        kind: about(await news(world.people[f"{kind}_system"], mark), resource_id)
        for kind, mark in marks.items()
    }
    return {kind: types for kind, types in told.items() if types}
