"""Acknowledging: an agency has taken note, through somebody it names; the owner sees who."""

import pytest

from tests.involving import (
    PRACTITIONER,
    acknowledge,
    bookmarks,
    hand_over_alert,
    heard,
    pointers,
    problem,
    withdraw,
)
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_a_system_passes_on_who_took_note_and_the_owner_is_told(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    marks = await bookmarks(world)
    answer = await acknowledge(alert, world.school_system)
    noted = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/alerts/{alert['id']}/acknowledgements"
    assert (noted["alert_id"], noted["practitioner"]) == (alert["id"], PRACTITIONER)
    assert noted["agency_id"] == str(world.agencies["school"].id)
    assert noted["content_version"] == alert["content_version"]
    told = {"health_visiting": ["alert.acknowledged"]}
    assert await heard(world, marks, alert["id"]) == told


async def test_a_person_takes_note_in_their_own_name(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    answer = await acknowledge(alert, world.jonas)
    assert answer.json()["practitioner"] == {"name": "Jonas", "job_title": "practitioner"}


async def test_the_owner_sees_all_of_them_and_every_other_agency_its_own(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    school = (await acknowledge(alert, world.school_system)).json()
    police = (await acknowledge(alert, world.police_system)).json()
    again = (await acknowledge(alert, world.jonas)).json()
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    seen = {
        who.agency.kind: (await who.get(path)).json()["items"]
        for who in (world.amina, world.police_system, world.tessa)
    }
    assert seen["health_visiting"] == [school, police, again]
    assert seen["police"] == [police, again]
    assert seen["school"] == [school]


async def test_after_a_hand_over_the_new_owner_sees_all_of_them(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    school = (await acknowledge(alert, world.school_system)).json()
    assert (await hand_over_alert(alert, world.ruth, world.nadia)).status_code == 200
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    assert (await world.nadia.get(path)).json()["items"] == [school]
    assert (await world.ruth.get(path)).json()["items"] == []


async def test_nobody_takes_note_without_a_name(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    for body in ({}, {"practitioner": None}):
        assert pointers(await world.school_system.post(path, body)) == ["/practitioner"]
    half = {"practitioner": {"name": "T. Birch"}}
    assert pointers(await world.school_system.post(path, half)) == ["/practitioner"]
    unknown = {"practitioner": {"staff_id": "nobody"}}
    refused = await world.school_system.post(path, unknown)
    assert pointers(refused) == ["/practitioner/staff_id"]


async def test_who_comes_too_late_is_led_to_the_recall(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await withdraw(alert, world.ruth)).status_code == 200
    refused = problem(await acknowledge(alert, world.school_system), 409, "conflict")
    assert (refused["alert_status"], refused["recall"]) == (
        "withdrawn",
        f"/v1/recalls/{alert['id']}",
    )
    assert refused["recall"] in refused["detail"]
    own = problem(await acknowledge(alert, world.amina), 409, "conflict")
    assert "recall" not in own  # the agency that recalled it owes no receipt


async def test_who_cannot_read_an_alert_takes_no_note_of_it(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    for who in (world.probation_system, world.victor):
        problem(await acknowledge(alert, who), 404, "not_found")
        path = f"/v1/alerts/{alert['id']}/acknowledgements"
        problem(await who.get(path), 404, "not_found")
