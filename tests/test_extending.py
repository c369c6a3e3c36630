"""One adult, two households: a ratified alert stands on both records by a recorded decision."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.governing import (
    another_manager,
    audited_about,
    enter_in_error,
    on_alert,
    ratified,
    read,
)
from tests.involving import bookmarks, heard, news, pointers, problem, types, withdraw
from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, a_family, join, key, nhs_number, publish, shared_family

pytestmark = pytest.mark.anyio

DANIEL = {
    "kind": "adult",
    "given_name": "Daniel",
    "family_name": "Okafor",
    "birth_date": "1990-01-15",
}
IMPACT = {"known": False, "statement": "Nobody has seen the children there yet."}


async def household(world: World, *members: dict[str, Any]) -> dict[str, Any]:
    """A second family of police and probation."""
    child = a_family()["members"][0]
    answer = await world.police_system.post("/v1/families", a_family(members=[child, *members]))
    assert answer.status_code == 201, answer.text
    family: dict[str, Any] = answer.json()
    assert (await join(world, family, world.probation_system)).status_code == 201
    return family


async def extend(
    who: Caller, alert: dict[str, Any], other: dict[str, Any], **changes: Any
) -> httpx.Response:
    body = {
        "family_id": other["id"],
        "member_id": other["members"][1]["id"],
        "reason": "He stays there at weekends.",
        "child_impact": IMPACT,
        "audience": {"kind": "involved"},
        "review_due": "2027-01-20",
        "expires_on": "2027-03-01",
        **changes,
    }
    return await who.post(f"/v1/alerts/{alert['id']}/extensions", body, headers=key())


async def test_an_alert_reaches_the_other_household_of_its_subject(world: World) -> None:
    alert = await ratified(world)
    other = await household(world, DANIEL)
    marks = await bookmarks(world)
    made = await extend(world.nadia, alert, other)
    assert made.status_code == 201, made.text
    extension = made.json()
    assert (extension["status"], extension["family_id"]) == ("active", other["id"])
    assert extension["agency_id"] == str(world.agencies["police"].id)
    assert extension["author"] == alert["author"]
    assert extension["subject"]["member_id"] == other["members"][1]["id"]
    assert extension["child_impact"] == IMPACT
    assert extension["origin"] == {"kind": "extends", "alert_id": None}
    for name in ("severity", "behaviours", "precautions", "grounds"):
        assert extension[name] == alert[name]
    told = {kind: ["alert.published"] for kind in ("police", "probation")}
    assert await heard(world, marks, extension["id"]) == told
    shown = await world.lena.get(f"/v1/families/{other['id']}/banner")
    assert [each["id"] for each in shown.json()["alerts"]] == [extension["id"]]
    for hidden in (f"/v1/alerts/{alert['id']}", f"/v1/families/{alert['family_id']}"):
        assert (await world.lena.get(hidden)).status_code == 404
    assert alert["id"] not in made.text
    assert alert["family_id"] not in made.text


async def test_the_owner_of_an_extension_is_told_when_its_origin_is_recalled(
    world: World,
) -> None:
    alert = await ratified(world)
    other = await household(world, DANIEL)
    extension = (await extend(world.nadia, alert, other)).json()
    marks = await bookmarks(world)
    assert (await enter_in_error(world.ruth, alert)).status_code == 200
    assert await heard(world, marks, extension["id"]) == {"police": ["alert.origin_recalled"]}
    told = await news(world.health_visiting_system, marks["health_visiting"])
    assert types(told) == ["alert.entered_in_error"]
    roles = ["information_governance"]
    governance = await another_manager(world, "health_visiting", "irene", roles=roles)
    assert await audited_about(governance, extension["id"]) == []
    assert (await read(world.nadia, extension))["status"] == "active"
    assert (await withdraw(extension, world.nadia)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": "1990-01-16"},
        {"given_name": "David"},
        {"birth_date": None},
        {"kind": "child"},
    ],
)
async def test_another_person_is_not_marked(world: World, changes: dict[str, Any]) -> None:
    alert = await ratified(world)
    other = await household(world, DANIEL | changes)
    assert pointers(await extend(world.nadia, alert, other)) == ["/member_id"]


async def test_an_identifier_in_common_makes_one_adult_of_two_spellings(world: World) -> None:
    number = [{"system": "nhs_number", "value": nhs_number()}]
    adult = DANIEL | {"given_name": "Danny", "identifiers": number}
    members = [a_family()["members"][0], DANIEL | {"identifiers": number}]
    answer = await world.health_visiting_system.post("/v1/families", a_family(members=members))
    family = answer.json()
    await join(world, family, world.police_system)
    other = await household(world, adult)
    assert (await extend(world.nadia, await ratified(world, family), other)).status_code == 201


async def test_what_nobody_ratified_or_what_is_about_no_adult_is_not_extended(
    world: World,
) -> None:
    family = await shared_family(world)
    other = await household(world, DANIEL)
    provisional = await publish(world, family)
    animal = {"kind": "animal", "description": "A brown dog"}
    dog = await ratified(world, family, subject=animal)
    child = {"kind": "member", "member_id": family["members"][0]["id"]}
    maya = await ratified(world, family, subject=child)
    ended = (await withdraw(await ratified(world, family), world.ruth)).json()
    for alert in (provisional, dog, ended):
        problem(await extend(world.nadia, alert, other), 409, "conflict")
    assert pointers(await extend(world.nadia, maya, other)) == ["/member_id"]


async def test_the_decision_is_a_manager_s_who_reads_both_records_and_did_not_write_it(
    world: World,
) -> None:
    family = await shared_family(world)
    alert, other = await ratified(world, family), await household(world, DANIEL)
    for who in (world.jonas, world.police_system):
        problem(await extend(who, alert, other), 403, "forbidden")
    problem(await extend(world.victor, alert, other), 404, "not_found")
    assert pointers(await extend(world.ruth, alert, other)) == ["/family_id"]
    absent = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
    assert pointers(await extend(world.nadia, alert, other, family_id=absent)) == ["/family_id"]
    same = await extend(world.nadia, alert, other, family_id=family["id"])
    assert pointers(same) == ["/family_id"]
    own = await publish(world, family, world.nadia)
    paula = await another_manager(world, "police", "paula")
    active = (await on_alert(paula, own, "ratify", {})).json()
    problem(await extend(world.nadia, active, other), 409, "conflict")


async def test_what_named_agencies_alone_may_know_is_extended_by_its_owner_alone(
    world: World,
) -> None:
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    audience = {"kind": "agencies", "agencies": [police]}
    alert, other = await ratified(world, audience=audience), await household(world, DANIEL)
    problem(await extend(world.nadia, alert, other), 403, "forbidden")
    assert (await join(world, other, world.health_visiting_system)).status_code == 201
    rosa = await another_manager(world, "health_visiting", "rosa")
    assert (await extend(rosa, alert, other)).status_code == 201


async def test_an_alert_withdrawn_as_it_is_extended_is_not_extended(
    world: World, superuser: Any
) -> None:
    alert, other = await ratified(world), await household(world, DANIEL)
    async with held(world.urls["postgres"], COUNTER, world.agencies["school"].id):
        ended = asyncio.create_task(withdraw(alert, world.ruth))
        await waiters(superuser, 1)
        extended = asyncio.create_task(extend(world.nadia, alert, other))
        await waiters(superuser, 2)
    assert (await ended).status_code == 200
    assert problem(await extended, 409, "conflict")["alert_status"] == "withdrawn"


async def test_dates_and_audience_are_those_of_the_other_record(world: World) -> None:
    alert, other = await ratified(world), await household(world, DANIEL)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    for changes, pointer in (
        ({"review_due": "2027-06-01"}, "/review_due"),
        ({"expires_on": "2027-12-01"}, "/expires_on"),
        ({"audience": {"kind": "agencies", "agencies": [school]}}, "/audience/agencies"),
        ({"audience": {"kind": "agencies", "agencies": []}}, "/audience/agencies"),
        ({"child_impact": None}, "/child_impact"),
    ):
        assert pointers(await extend(world.nadia, alert, other, **changes)) == [pointer]


async def test_an_alert_is_extended_once_to_a_family(world: World) -> None:
    alert, other = await ratified(world), await household(world, DANIEL)
    paula = await another_manager(world, "police", "paula")
    both = await asyncio.gather(*(extend(who, alert, other) for who in (world.nadia, paula)))
    assert sorted(each.status_code for each in both) == [201, 409]


async def test_what_the_subject_is_not_told_is_withheld_on_the_other_record_too(
    world: World,
) -> None:
    alert, other = await ratified(world), await household(world, DANIEL)
    body = {"reason": "He reads all post.", "look_again_on": "2027-01-15"}
    withheld = await on_alert(world.ruth, alert, "subject-notification/withhold", body)
    assert withheld.status_code == 200, withheld.text
    extension = (await extend(world.nadia, alert, other)).json()
    assert extension["subject_notification"] == {"status": "withheld", "due_on": "2027-01-15"}
