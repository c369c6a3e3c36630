"""Joining at the very moment at which somebody else publishes: no warning is lost between them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.involving import about, bookmark, joining, news, problem, token_for
from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, an_alert, key, register, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 8


async def publishes(family: dict[str, Any], who: Caller, **changes: Any) -> httpx.Response:
    path = f"/v1/families/{family['id']}/alerts"
    return await who.post(path, an_alert(family, **changes), headers=key())


async def joins(family: dict[str, Any], who: Caller, token: str, local_id: str) -> httpx.Response:
    body = joining({"join_token": token}, local_id)
    return await who.post(f"/v1/families/{family['id']}/involvements", body)


async def test_who_joins_while_another_is_about_to_commit_an_alert_is_told_of_it(
    world: World, superuser: Any
) -> None:
    family = await register(world)
    police, mark = world.police_system, await bookmark(world.police_system)
    token = await token_for(family, police)
    # The publisher has asked who reads the alert, and waits to tell its own agency.
    async with held(world.urls["postgres"], COUNTER, world.agencies["health_visiting"].id):
        publishing = asyncio.create_task(publishes(family, world.amina))
        await waiters(superuser, 1)
        entering = asyncio.create_task(joins(family, police, token, "MEANWHILE-A"))
        await waiters(superuser, 2)
    made, joined = await publishing, await entering
    assert (made.status_code, joined.status_code) == (201, 201), (made.text, joined.text)
    alert = made.json()
    assert [each["id"] for each in joined.json()["alerts"]] == [alert["id"]]
    assert about(await news(police, mark), alert["id"]) == ["alert.shared"]


async def test_who_has_joined_and_is_about_to_commit_is_told_of_what_is_published_meanwhile(
    world: World, superuser: Any
) -> None:
    family = await register(world)
    police, mark = world.police_system, await bookmark(world.police_system)
    token = await token_for(family, police)
    # The joiner has read what is live, and waits to tell those who are involved.
    async with held(world.urls["postgres"], COUNTER, world.agencies["health_visiting"].id):
        entering = asyncio.create_task(joins(family, police, token, "MEANWHILE-B"))
        await waiters(superuser, 1)
        publishing = asyncio.create_task(publishes(family, world.amina))
        await waiters(superuser, 2)
    made, joined = await publishing, await entering
    assert (made.status_code, joined.status_code) == (201, 201), (made.text, joined.text)
    assert joined.json()["alerts"] == []
    assert about(await news(police, mark), made.json()["id"]) == ["alert.published"]


async def test_whoever_joins_and_publishes_at_once_the_joiner_knows_every_alert(
    world: World,
) -> None:
    for number in range(ROUNDS):
        family = await register(world)
        mark = await bookmark(world.police_system)
        token = await token_for(family, world.police_system)
        *made, joined = await asyncio.gather(
            publishes(family, world.amina),
            publishes(family, world.ruth),
            joins(family, world.police_system, token, f"AT-ONCE-{number}"),
        )
        assert joined.status_code == 201, joined.text
        told = await news(world.police_system, mark)
        for each in made:
            assert each.status_code == 201, each.text
            assert len(about(told, each.json()["id"])) == 1


async def test_who_is_told_to_leave_does_not_come_back_by_a_token_from_before(
    world: World, superuser: Any
) -> None:
    """Not even if it comes while the decision is about to be committed."""
    family = await shared_family(world)
    token = await token_for(family, world.police_system)
    contest = await contested(world, family, world.police_system)
    path = f"/v1/families/{family['id']}/contests/{contest['id']}/decision"
    body = {"outcome": "upheld", "reason": "It does not work with the family."}
    world.clock.advance(timedelta(minutes=1))
    async with held(world.urls["postgres"], COUNTER, world.agencies["school"].id):
        deciding = asyncio.create_task(world.ruth.post(path, body))
        await waiters(superuser, 1)
        entering = asyncio.create_task(joins(family, world.police_system, token, "AGAIN"))
        await waiters(superuser, 2)
    decided, joined = await deciding, await entering
    assert decided.status_code == 200, decided.text
    assert joined.status_code == 422, joined.text
    assert joined.json()["errors"][0]["code"] == "expired"
    assert (await world.jonas.get(f"/v1/families/{family['id']}")).status_code == 404


async def test_three_agencies_that_join_at_once_do_not_wait_for_each_other(world: World) -> None:
    for number in range(ROUNDS):
        family = await register(world)
        callers = [world.police_system, world.school_system, world.probation_system]
        tokens = [await token_for(family, who) for who in callers]
        joined = await asyncio.gather(
            *(
                joins(family, who, token, f"THREE-{number}")
                for who, token in zip(callers, tokens, strict=True)
            )
        )
        assert {each.status_code for each in joined} == {201}, [each.text for each in joined]


async def test_an_agency_that_joins_twice_at_once_is_involved_once(world: World) -> None:
    family = await register(world)
    token = await token_for(family, world.police_system)
    answers = await asyncio.gather(
        *(joins(family, world.police_system, token, f"TWICE-{each}") for each in range(3))
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409]
    for each in answers:
        if each.status_code == 409:
            problem(each, 409, "conflict")


async def test_who_is_told_to_leave_while_it_publishes_leaves_no_alert_without_an_owner(
    world: World, superuser: Any
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        contest = await contested(world, family, world.police_system)
        path = f"/v1/families/{family['id']}/contests/{contest['id']}/decision"
        body = {"outcome": "upheld", "reason": "It does not work with the family."}
        made, decided = await asyncio.gather(
            publishes(family, world.nadia), world.ruth.post(path, body)
        )
        assert decided.status_code == 200, decided.text
        assert made.status_code in {201, 404}, made.text
    orphans = await superuser.fetchval(
        "SELECT count(*) FROM alerts a WHERE NOT EXISTS (SELECT FROM involvements i "
        "WHERE i.family_id = a.family_id AND i.agency_id = a.agency_id AND i.until_at IS NULL)"
    )
    assert orphans == 0


async def contested(world: World, family: dict[str, Any], who: Caller) -> dict[str, Any]:
    listed = (await world.owen.get(f"/v1/families/{family['id']}/involvements")).json()["items"]
    own = next(each for each in listed if each["agency_id"] == str(who.agency.id))
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/contests"
    answer = await world.owen.post(path, {"reason": "No open case."})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body
