"""Leaving at the very moment at which something else is done: never an alert without an owner."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.involving import hand_over_lead, joining, leave, problem, token_for
from tests.locks import held, waiters
from tests.world import Caller, World, an_alert, key, register, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 8


async def publishes(family: dict[str, Any], who: Caller) -> Any:
    return await who.post(f"/v1/families/{family['id']}/alerts", an_alert(family), headers=key())


async def test_who_publishes_and_leaves_at_once_does_one_of_both(
    world: World, superuser: Any
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        made, left = await asyncio.gather(
            publishes(family, world.jonas), leave(family, world.police_system)
        )
        outcome = (made.status_code, left.status_code)
        assert outcome in {(201, 409), (404, 200)}, (made.text, left.text)
    orphans = await superuser.fetchval(
        "SELECT count(*) FROM alerts a WHERE NOT EXISTS (SELECT FROM involvements i "
        "WHERE i.family_id = a.family_id AND i.agency_id = a.agency_id AND i.until_at IS NULL)"
    )
    assert orphans == 0


async def test_an_agency_that_has_left_just_before_its_alert_is_written_publishes_nothing(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    left = (
        "WITH family AS (SELECT id FROM families WHERE id = $1 FOR UPDATE) UPDATE involvements "
        "SET until_at = now() FROM family WHERE family_id = family.id AND agency_id = $2"
    )
    given = UUID(family["id"]), world.agencies["police"].id
    async with held(world.urls["postgres"], left, *given):
        publishing = asyncio.create_task(publishes(family, world.jonas))
        await waiters(superuser, 1)
    problem(await publishing, 404, "not_found")
    alerts = "SELECT count(*) FROM alerts WHERE family_id = $1"
    assert await superuser.fetchval(alerts, given[0]) == 0


async def test_who_is_given_the_lead_and_leaves_at_once_does_one_of_both(world: World) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        given, left = await asyncio.gather(
            hand_over_lead(family, world.ruth, world.nadia), leave(family, world.police_system)
        )
        outcome = (given.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (given.text, left.text)


async def test_who_joins_as_the_last_one_leaves_finds_a_family_that_is_led(world: World) -> None:
    for number in range(ROUNDS):
        family = await register(world)
        ground = {"join_token": await token_for(family, world.police_system)}
        path = f"/v1/families/{family['id']}/involvements"
        joined, left = await asyncio.gather(
            world.police_system.post(path, joining(ground, f"MEANWHILE-{number}")),
            leave(family, world.health_visiting_system),
        )
        assert joined.status_code == 201, joined.text
        assert left.status_code in {200, 409}, left.text
        now = (await world.nadia.get(f"/v1/families/{family['id']}")).json()
        assert now["lead_agency_id"] in {each["agency_id"] for each in now["involvements"]}
