"""Steps that tests of merging share: two records, a proposal, and what is decided on it."""

from typing import Any

import httpx

from tests.involving import registered, token_for
from tests.world import Caller, World, a_family, etag, join, register

REASON = {"reason": "Registered once before and once after birth."}


async def two_records(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """One led by health visiting, with the school; one led by the police, with the school too."""
    one = await register(world)
    other = await registered(world.police_system, *a_family()["members"])
    for family in (one, other):
        answer = await join(world, family, world.school_system)
        assert answer.status_code == 201, answer.text
    return one, other


async def propose(
    one: dict[str, Any], other: dict[str, Any], who: Caller, survives: str = "this"
) -> httpx.Response:
    """By a match of the other record."""
    token = await token_for(other, who)
    body = {"join_token": token, "survives": survives, **REASON}
    return await who.post(f"/v1/families/{one['id']}/merges", body)


async def proposed(
    one: dict[str, Any], other: dict[str, Any], who: Caller, survives: str = "this"
) -> dict[str, Any]:
    answer = await propose(one, other, who, survives)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def decide(merge: dict[str, Any], act: str, who: Caller) -> httpx.Response:
    return await who.post(f"/v1/merges/{merge['id']}/{act}", REASON, headers=etag(merge))


async def decided(merge: dict[str, Any], act: str, who: Caller) -> dict[str, Any]:
    answer = await decide(merge, act, who)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def merged(
    world: World, survives: str = "this"
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The survivor, the record that is merged away, and the merge that the police agreed to."""
    one, other = await two_records(world)
    merge = await decided(await proposed(one, other, world.ruth, survives), "agree", world.nadia)
    return (one, other, merge) if survives == "this" else (other, one, merge)
