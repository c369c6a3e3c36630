"""Two records that are one family have one banner, as far as each reader may read them."""

from typing import Any

import pytest

from tests.breaking import opened
from tests.involving import PRACTITIONER, a_child, an_adult, leave, registered
from tests.merging import decided, merged, proposed, two_records
from tests.world import Caller, World, join, publish, register

pytestmark = pytest.mark.anyio


async def shown(who: Caller, family: dict[str, Any]) -> set[str] | None:
    """The alerts of the banner, by whichever record it is asked; None: not found. The lookup by
    the record's id shows the same."""
    answer = await who.get(f"/v1/families/{family['id']}/banner")
    found = await who.post("/v1/banners/lookup", {"entries": [{"family_id": family["id"]}]})
    [item] = found.json()["items"]
    if answer.status_code == 404:
        assert item == {"status": "no_shared_record"}
        return None
    alerts = {each["id"]: each["family_id"] for each in answer.json()["alerts"]}
    assert {each["id"]: each["family_id"] for each in item["alerts"]} == alerts
    return set(alerts)


async def one_alert_each(
    world: World, one: dict[str, Any], other: dict[str, Any]
) -> tuple[str, str]:
    here = await publish(world, one)
    there = await publish(world, other, world.jonas, author=PRACTITIONER)
    return here["id"], there["id"]


async def test_who_reads_both_records_is_shown_the_alerts_of_both_by_either(
    world: World,
) -> None:
    one, other = await two_records(world)
    here, there = await one_alert_each(world, one, other)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends"}
    named = {"kind": "agencies", "agencies": [police]}
    await publish(world, other, world.jonas, author=PRACTITIONER, audience=named)
    assert await shown(world.tessa, one) == {here}
    merge = await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    for family in (one, other):
        assert await shown(world.tessa, family) == {here, there}
    assert await shown(world.amina, one) == {here}
    assert await shown(world.amina, other) is None
    assert await shown(world.lena, one) is None
    await decided(merge, "undo", world.nadia)
    assert (await shown(world.tessa, one), await shown(world.tessa, other)) == ({here}, {there})


async def test_records_that_are_merged_into_one_are_one_family(world: World) -> None:
    survivor, away, _ = await merged(world)
    third = await registered(world.probation_system, a_child(), an_adult())
    assert (await join(world, third, world.school_system)).status_code == 201
    late = await publish(world, third, world.lena, author=PRACTITIONER)
    await decided(await proposed(survivor, third, world.ruth), "agree", world.victor)
    for family in (survivor, away, third):
        assert await shown(world.tessa, family) == {late["id"]}
    assert (await leave(survivor, world.school_system)).status_code == 200
    for family in (away, third):  # though it no longer reads the one that holds them together
        assert await shown(world.tessa, family) == {late["id"]}
    assert await shown(world.tessa, survivor) is None


async def behind_a_door(world: World, caller: Caller, door: int) -> dict[str, Any]:
    """A record of the caller's agency and the school, whose family lives there."""
    home = {"lines": ["7 Quay"], "postcode": "DN31 3NB"}
    identifiers = [{"system": "uprn", "value": str(door)}]
    homes = [{**home, "identifiers": identifiers}]
    family = await registered(caller, a_child(), an_adult(), addresses=homes)
    assert (await join(world, family, world.school_system)).status_code == 201
    return family


def on_the_premises(family: dict[str, Any]) -> dict[str, str]:
    return {"kind": "premises", "address_id": family["addresses"][0]["id"]}


async def banner(who: Caller, family: dict[str, Any]) -> list[tuple[str, bool]]:
    assert await shown(who, family) is not None
    answer = await who.get(f"/v1/families/{family['id']}/banner")
    return [(each["id"], each["on_address"]) for each in answer.json()["alerts"]]


async def test_an_alert_on_premises_of_two_records_that_are_one_is_shown_once(
    world: World,
) -> None:
    one = await behind_a_door(world, world.health_visiting_system, 200_000_001)
    other = await behind_a_door(world, world.police_system, 200_000_001)
    alert = await publish(world, one, subject=on_the_premises(one))
    assert await banner(world.tessa, other) == [(alert["id"], True)]
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    for family in (one, other):
        assert await banner(world.tessa, family) == [(alert["id"], False)]


async def test_what_waits_at_the_door_is_shown_by_either_record(world: World) -> None:
    nowhere = await register(world)
    assert (await join(world, nowhere, world.school_system)).status_code == 201
    there = await behind_a_door(world, world.police_system, 200_000_002)
    third = await behind_a_door(world, world.probation_system, 200_000_002)
    alert = await publish(
        world, third, world.lena, author=PRACTITIONER, subject=on_the_premises(third)
    )
    assert await banner(world.tessa, nowhere) == []
    await decided(await proposed(nowhere, there, world.ruth), "agree", world.nadia)
    for family in (nowhere, there):
        assert await banner(world.tessa, family) == [(alert["id"], True)]
    assert (await leave(there, world.school_system)).status_code == 200
    assert await banner(world.tessa, nowhere) == []  # it no longer reads where the door is named


async def test_who_has_not_joined_the_survivor_is_told_to(world: World) -> None:
    survivor, away, _ = await merged(world)
    await publish(world, survivor, severity="immediate_danger")
    unjoined = ["This record is merged into another that you have not joined: join it."]
    for who, level, lines in (
        (world.nadia, "none", unjoined),  # the alert stands where she does not read
        (world.tessa, "immediate_danger", []),
    ):
        answer = await who.get(f"/v1/families/{away['id']}/banner")
        asked = {"entries": [{"family_id": away["id"]}]}
        [item] = (await who.post("/v1/banners/lookup", asked)).json()["items"]
        shown = answer.json()
        del shown["assessment_constraints"], shown["plans"]  # for one banner only
        assert item == {"status": "found", **shown}
        assert (item["merged_into"], item["level"]) == (survivor["id"], level)
        assert item["lines"] == lines
    shown = await world.amina.get(f"/v1/families/{survivor['id']}/banner")
    assert (shown.json()["merged_into"], shown.json()["lines"]) == (None, [])


async def test_break_glass_shows_that_the_record_is_merged_into_one_that_it_did_not_open(
    world: World,
) -> None:
    survivor, away, _ = await merged(world)
    await opened(world.victor, away)
    path = f"/v1/families/{away['id']}/banner"
    shown = (await world.victor.get(path)).json()
    assert (shown["merged_into"], len(shown["lines"])) == (survivor["id"], 1)
    await opened(world.victor, survivor)
    assert (await world.victor.get(path)).json()["lines"] == []


async def test_a_record_that_is_not_merged_stands_alone(world: World) -> None:
    family, other = await register(world), await register(world)
    alert = await publish(world, family)
    assert await shown(world.amina, family) == {alert["id"]}
    assert await shown(world.amina, other) == set()
