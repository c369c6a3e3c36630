"""Changing an alert while it changes hands: one does it, the other is told so, nobody is stuck."""

import asyncio

import pytest

from tests.involving import PRACTITIONER, hand_over_alert, involvement_of, leave, withdraw
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 8


async def test_an_alert_withdrawn_as_it_is_handed_over_is_one_of_both(world: World) -> None:
    for _ in range(ROUNDS):
        alert = await publish(world, await shared_family(world))
        ended, given = await asyncio.gather(
            withdraw(alert, world.ruth), hand_over_alert(alert, world.ruth, world.nadia)
        )
        outcome = (ended.status_code, given.status_code)
        assert outcome in {(200, 412), (412, 200)}, (ended.text, given.text)


async def test_an_alert_withdrawn_as_its_owner_is_ended_is_withdrawn_or_the_lead_s(
    world: World,
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        alert = await publish(world, family, world.jonas, author=PRACTITIONER)
        involvement = await involvement_of(family, world.jonas, world.owen)
        path = f"/v1/families/{family['id']}"
        contest = await world.owen.post(
            f"{path}/involvements/{involvement['id']}/contests", {"reason": "No open case."}
        )
        ended, decided = await asyncio.gather(
            withdraw(alert, world.nadia),
            world.ruth.post(
                f"{path}/contests/{contest.json()['id']}/decision",
                {"outcome": "upheld", "reason": "It does not work with the family."},
            ),
        )
        assert decided.status_code == 200, decided.text
        shown = (await world.ruth.get(f"/v1/alerts/{alert['id']}")).json()
        owner = shown["agency_id"] == str(world.agencies["police"].id)
        assert (ended.status_code, shown["status"], owner) in {
            (200, "withdrawn", True),
            (404, "provisional", False),
        }, ended.text


async def test_who_leaves_as_an_alert_is_given_to_it_does_one_of_both(world: World) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        alert = await publish(world, family)
        given, left = await asyncio.gather(
            hand_over_alert(alert, world.ruth, world.nadia), leave(family, world.police_system)
        )
        outcome = (given.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (given.text, left.text)
