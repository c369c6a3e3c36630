"""The picture of hostility, over HTTP: each agency's own, of what it may read."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.overview.picture.deadlines import raise_indicators
from tests.agreeing import breach, in_force
from tests.hostility import decide, decide_how_to_go_on, record, shared_with
from tests.involving import about, bookmark, news, problem
from tests.world import Caller, World, key, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def picture(who: Caller, family: dict[str, Any]) -> dict[str, Any]:
    answer = await who.get(f"/v1/families/{family['id']}/engagement")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def codes(shown: dict[str, Any]) -> set[str]:
    return {each["code"] for each in shown["indicators"]}


async def pass_time(world: World, by: timedelta) -> None:
    """Moves the clock, and lets the worker look at every family in question."""
    world.clock.advance(by)
    while await raise_indicators(world.worker):
        pass


def towards(*who: Caller) -> list[dict[str, str]]:
    return [{"agency_id": str(each.agency.id), "role": "visitor"} for each in who]


async def test_who_meets_hostility_and_who_does_not(world: World) -> None:
    family = await shared_family(world)
    await record(world, family, towards=towards(world.amina))
    await record(world, family, towards=towards(world.amina, world.police_system))
    shown = await picture(world.amina, family)
    assert (shown["pattern"], shown["incidents"]) == ("universal", 2)
    assert [(each["agency_id"], each["incidents"]) for each in shown["met_by"]] == [
        (str(world.amina.agency.id), 2), (str(world.jonas.agency.id), 1),
    ]  # fmt: skip
    assert shown["met_by"][0]["roles"] == [{"role": "visitor", "incidents": 2}]
    assert shown["not_met_by"] == [str(world.tessa.agency.id)]
    assert shown["by_month"] == [{"month": "2026-11", "incidents": 2}]


async def test_each_agency_sees_the_picture_of_what_it_may_read(world: World) -> None:
    family = await shared_family(world)
    first, _ = await record(world, family), await record(world, family)
    await decide(first, world.amina, shared_with(world.police_system))
    assert (await picture(world.jonas, family))["incidents"] == 1
    assert codes(await picture(world.jonas, family)) == {"no_current_plan"}
    assert codes(await picture(world.amina, family)) == {"no_current_plan", "one_agency_targeted"}
    unshared = await picture(world.tessa, family)
    assert (unshared["pattern"], unshared["incidents"], unshared["by_month"]) == ("none", 0, [])
    assert (unshared["met_by"], unshared["indicators"]) == ([], [])


async def test_an_outsider_and_whoever_broke_the_glass_see_none(world: World) -> None:
    family = await shared_family(world)
    problem(await world.lena.get(f"/v1/families/{family['id']}/engagement"), 404, "not_found")
    body = {"reason_code": "emergency_visit", "reason": "A visit now."}
    opened = await world.lena.post(f"/v1/families/{family['id']}/break-glass", body, headers=key())
    assert opened.status_code == 201, opened.text
    problem(await world.lena.get(f"/v1/families/{family['id']}/engagement"), 404, "not_found")


async def test_evidence_leads_to_what_can_be_read(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    alert = await publish(world, family)
    [indicator] = (await picture(world.amina, family))["indicators"]
    assert indicator["label"] == "No current plan"
    assert {each["id"] for each in indicator["evidence"]} == {incident["id"], alert["id"]}
    for each in indicator["evidence"]:
        assert (await world.amina.get(each["url"])).status_code == 200


async def test_a_managers_decision_is_a_plan(world: World) -> None:
    family = await register(world)
    incident = await record(world, family)
    assert codes(await picture(world.amina, family)) == {"no_current_plan"}
    assert (await decide_how_to_go_on(incident, world.ruth)).status_code == 200
    assert codes(await picture(world.amina, family)) == set()


async def test_each_agency_is_told_once_of_an_indicator_that_holds_for_it(world: World) -> None:
    family = await shared_family(world)
    callers = (world.health_visiting_system, world.police_system, world.probation_system)
    await record(world, family)
    marks = [await bookmark(who) for who in callers]

    async def heard() -> list[list[str]]:
        found = [
            about(await news(who, mark), family["id"])
            for who, mark in zip(callers, marks, strict=True)
        ]
        return [[each for each in types if "indicator" in each] for types in found]

    await pass_time(world, timedelta(seconds=1))
    assert await heard() == [["engagement.indicator_raised"], [], []]
    await pass_time(world, timedelta(hours=25))
    assert await heard() == [["engagement.indicator_raised"], [], []]
    shown = await picture(world.amina, family)
    assert shown["indicators"][0]["raised_at"] is not None


async def test_an_indicator_that_comes_back_is_told_again(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (
        await world.ruth.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers={"If-Match": '"1"'})
    ).status_code == 200
    mark = await bookmark(world.police_system)
    await pass_time(world, timedelta(days=29))

    async def told() -> int:
        types = about(await news(world.police_system, mark), family["id"])
        return types.count("engagement.indicator_raised")

    assert codes(await picture(world.jonas, family)) == {
        "no_contact", "child_not_seen", "no_current_plan",
    }  # fmt: skip
    assert await told() == 3
    today = world.clock.now().date().isoformat()
    body = {
        "observed_on": today, "contact": "home_visit", "took_place": True, "type": "none",
        "child": {"seen": True, "alone": False},
        "practitioner": {"name": "Jonas", "job_title": "officer"},
    }  # fmt: skip
    path = f"/v1/families/{family['id']}/engagement/observations"
    made = await world.police_system.post(path, body)
    assert made.status_code == 201, made.text
    assert codes(await picture(world.jonas, family)) == {"no_current_plan"}
    await pass_time(world, timedelta(hours=25))
    assert await told() == 3
    await pass_time(world, timedelta(days=15))
    assert await told() == 4  # the child again


async def test_two_workers_tell_once(world: World) -> None:
    family = await register(world)
    await record(world, family)
    mark = await bookmark(world.health_visiting_system)
    while sum(await asyncio.gather(*(raise_indicators(world.worker) for _ in range(3)))):
        pass
    types = about(await news(world.health_visiting_system, mark), family["id"])
    assert types.count("engagement.indicator_raised") == 1


async def test_an_agreement_in_force_is_a_plan_and_what_it_led_to_keeps_services_away(
    world: World,
) -> None:
    family = await shared_family(world)
    await record(world, family)
    agreement = await in_force(world, family)
    assert codes(await picture(world.jonas, family)) == set()
    applied = {"applied": "office_only_contact"}
    assert (await breach(world.tessa, agreement, consequence=applied)).status_code == 201
    [indicator] = (await picture(world.jonas, family))["indicators"]
    assert indicator["code"] == "services_withheld"
    assert [each["id"] for each in indicator["evidence"]] == [agreement["id"]]
    assert indicator["agency_ids"] == [str(world.amina.agency.id)]
