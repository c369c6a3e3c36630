"""Merging at the very moment at which something else is done: one outcome, and no deadlock."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.governing import correct_subject
from tests.involving import (
    PRACTITIONER,
    a_child,
    an_adult,
    hand_over_lead,
    joining,
    leave,
    problem,
    registered,
    token_for,
)
from tests.locks import held, waiters
from tests.merging import REASON, decide, decided, propose, proposed, two_records
from tests.world import Caller, World, an_alert, key, publish, register

pytestmark = pytest.mark.anyio

ROUNDS = 6
BOTH_RECORDS = "SELECT FROM families WHERE id = ANY ($1) ORDER BY id FOR UPDATE"


def statuses(answers: Iterable[httpx.Response]) -> list[int]:
    return sorted(each.status_code for each in answers)


async def now(family: dict[str, Any], who: Caller) -> dict[str, Any]:
    answer = await who.get(f"/v1/families/{family['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_of_two_proposals_at_once_one_stands(world: World, superuser: Any) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        answers = await asyncio.gather(
            propose(one, other, world.ruth), propose(other, one, world.nadia)
        )
        assert statuses(answers) == [201, 409], [each.text for each in answers]
        count = "SELECT count(*) FROM family_merges WHERE $1 IN (family_id, other_family_id)"
        assert await superuser.fetchval(count, UUID(one["id"])) == 1


async def test_agreeing_twice_at_once_merges_once(world: World) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        merge = await proposed(one, other, world.ruth)
        answers = await asyncio.gather(*(decide(merge, "agree", world.nadia) for _ in range(3)))
        assert statuses(answers) == [200, 412, 412], [each.text for each in answers]
        assert (await now(other, world.tessa))["version"] == other["version"] + 1


async def test_who_agrees_and_who_declines_at_once_decide_it_once(world: World) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        merge = await proposed(one, other, world.ruth)
        answers = await asyncio.gather(
            decide(merge, "agree", world.nadia), decide(merge, "decline", world.ruth)
        )
        assert statuses(answers) == [200, 412], [each.text for each in answers]
        decided_by = next(each.json() for each in answers if each.status_code == 200)
        into = (await now(other, world.tessa))["merged_into"]
        assert into == (one["id"] if decided_by["status"] == "agreed" else None)


async def test_undoing_from_both_sides_at_once_undoes_once(world: World) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        merge = await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
        answers = await asyncio.gather(
            decide(merge, "undo", world.nadia), decide(merge, "undo", world.ruth)
        )
        assert statuses(answers) == [200, 412], [each.text for each in answers]
        assert (await now(other, world.tessa))["merged_into"] is None


async def test_three_records_proposed_in_a_circle_at_once_never_wait_in_a_circle(
    world: World,
) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        third = await registered(world.probation_system, a_child())
        leads = {one["id"]: world.ruth, other["id"]: world.nadia, third["id"]: world.victor}
        circle = list(pairwise([one, other, third, one]))
        answers = await asyncio.gather(
            *(propose(here, there, leads[here["id"]]) for here, there in circle)
        )
        assert statuses(answers) == [201, 409, 409], [each.text for each in answers]


async def test_an_alert_published_during_the_agreement_stands_or_is_led_to_the_survivor(
    world: World, superuser: Any
) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        merge = await proposed(one, other, world.ruth)
        path = f"/v1/families/{other['id']}"
        given = an_alert(other, author=PRACTITIONER)
        agreed, made, added = await asyncio.gather(
            decide(merge, "agree", world.nadia),
            world.jonas.post(f"{path}/alerts", given, headers=key()),
            world.jonas.post(f"{path}/members", an_adult()),
        )
        assert agreed.status_code == 200, agreed.text
        for each in (made, added):
            if each.status_code != 201:
                assert problem(each, 409, "family_merged")["family_id"] == one["id"]
        alerts = "SELECT count(*) FROM alerts WHERE family_id = $1"
        kept = await superuser.fetchval(alerts, UUID(other["id"]))
        assert kept == (made.status_code == 201)


@pytest.mark.parametrize("what", ["alerts", "members", "invitations", "involvements"])
async def test_what_waits_for_an_agreement_is_then_led_to_the_survivor(
    world: World, superuser: Any, what: str
) -> None:
    one, other = await two_records(world)
    probation = {"agency_id": str(world.agencies["probation"].id), "reason": "Knows the father"}
    token = await token_for(other, world.lena)
    who, body = {
        "alerts": (world.jonas, an_alert(other, author=PRACTITIONER)),
        "members": (world.jonas, an_adult()),
        "invitations": (world.jonas, probation),
        "involvements": (world.lena, joining({"join_token": token}, "WAITS")),
    }[what]
    merged_away = (
        "WITH locked AS (SELECT id FROM families WHERE id = $1 FOR UPDATE) "
        "UPDATE families f SET merged_into_id = $2 FROM locked WHERE f.id = locked.id"
    )
    records = UUID(other["id"]), UUID(one["id"])
    async with held(world.urls["postgres"], merged_away, *records):
        path = f"/v1/families/{other['id']}/{what}"
        writing = asyncio.create_task(who.post(path, body, headers=key()))
        await waiters(superuser, 1)
    assert problem(await writing, 409, "family_merged")["family_id"] == one["id"]


@pytest.mark.parametrize("act", ["agree", "decline"])
async def test_whoever_has_handed_the_lead_over_meanwhile_decides_no_more(
    world: World, superuser: Any, act: str
) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    handed = "UPDATE families SET lead_agency_id = $2, version = version + 1 WHERE id = $1"
    given = UUID(other["id"]), world.agencies["school"].id
    async with held(world.urls["postgres"], handed, *given):
        deciding = asyncio.create_task(decide(merge, act, world.nadia))
        await waiters(superuser, 1)
    problem(await deciding, 404, "not_found")
    assert (await decide(merge, act, world.owen)).status_code == 200


async def test_whoever_has_handed_the_lead_over_meanwhile_proposes_no_more(
    world: World, superuser: Any
) -> None:
    one, other = await two_records(world)
    token = await token_for(other, world.ruth)
    handed = "UPDATE families SET lead_agency_id = $2, version = version + 1 WHERE id = $1"
    given = UUID(one["id"]), world.agencies["school"].id
    async with held(world.urls["postgres"], handed, *given):
        body = {"join_token": token, "survives": "this", **REASON}
        path = f"/v1/families/{one['id']}/merges"
        proposing = asyncio.create_task(world.ruth.post(path, body))
        await waiters(superuser, 1)
    problem(await proposing, 403, "forbidden")


async def test_the_lead_is_handed_over_at_once_with_the_agreement(world: World) -> None:
    for _ in range(ROUNDS):
        one, other = await two_records(world)
        merge = await proposed(one, other, world.ruth)
        agreed, handed, away = await asyncio.gather(
            decide(merge, "agree", world.nadia),
            hand_over_lead(one, world.ruth, world.owen),
            hand_over_lead(other, world.nadia, world.owen),
        )
        assert agreed.status_code in {200, 404, 409}, agreed.text
        assert handed.status_code == 200, handed.text
        assert away.status_code in {200, 412}, away.text  # 412: its version moved with the merge
        into = (await now(other, world.tessa))["merged_into"]
        assert into == (one["id"] if agreed.status_code == 200 else None)


async def test_who_proposed_leaves_at_once_with_the_agreement(world: World) -> None:
    for _ in range(ROUNDS):
        one = await register(world)
        other = await registered(world.police_system, a_child())
        merge = await proposed(one, other, world.ruth)
        agreed, left = await asyncio.gather(
            decide(merge, "agree", world.nadia), leave(one, world.health_visiting_system)
        )
        assert left.status_code == 200, left.text
        assert agreed.status_code in {200, 409}, agreed.text
        into = (await now(other, world.jonas))["merged_into"]
        assert into == (one["id"] if agreed.status_code == 200 else None)


async def test_an_alert_moved_to_the_other_record_during_the_agreement_waits_in_the_same_order(
    world: World, superuser: Any
) -> None:
    """Merging waits for the earlier record, and the correction, of an alert on the later, behind
    it: neither may hold what the other asks for next."""
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    alert = await publish(world, other, world.owen, author=PRACTITIONER)
    subject = {"kind": "member", "member_id": one["members"][1]["id"]}
    impact = {"known": False, "statement": "Nobody has asked yet."}
    async with held(world.urls["postgres"], BOTH_RECORDS, [UUID(one["id"])]):
        merging = asyncio.create_task(decide(merge, "agree", world.nadia))
        await waiters(superuser, 1)
        moving = asyncio.create_task(
            correct_subject(
                world.owen, alert, family_id=one["id"], subject=subject, child_impact=impact
            )
        )
        await waiters(superuser, 2)
    agreed, moved = await merging, await moving
    assert (agreed.status_code, moved.status_code) == (200, 201), (agreed.text, moved.text)


async def test_both_records_are_locked_in_the_order_of_their_ids(
    world: World, superuser: Any
) -> None:
    """Two proposals from either side, held until both wait: neither then waits for the other."""
    one, other = await two_records(world)
    tokens = await token_for(other, world.ruth), await token_for(one, world.nadia)
    ids = [UUID(one["id"]), UUID(other["id"])]
    async with held(world.urls["postgres"], BOTH_RECORDS, ids):
        tasks = [
            asyncio.create_task(
                who.post(
                    f"/v1/families/{family['id']}/merges",
                    {"join_token": token, "survives": "other", **REASON},
                )
            )
            for who, family, token in zip(
                (world.ruth, world.nadia), (one, other), tokens, strict=True
            )
        ]
        await waiters(superuser, 2)
    assert statuses([await each for each in tasks]) == [201, 409]
