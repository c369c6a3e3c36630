"""Ratifying: by a manager of the owner who did not write it; what was noted stays noted."""

from typing import Any

import pytest

from tests.involving import acknowledge, bookmarks, heard, pointers, problem, ratify, withdraw
from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_a_ratified_alert_is_active_and_its_audience_is_told(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    marks = await bookmarks(world)
    answer = await ratify(alert, world.ruth)
    assert answer.status_code == 200
    assert answer.json() == {**alert, "status": "active", "version": 2}
    assert answer.headers["ETag"] == '"2"'
    told = {kind: ["alert.ratified"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told


async def test_ratifying_makes_no_new_content_to_take_note_of(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    noted = (await acknowledge(alert, world.police_system)).json()
    ratified = (await ratify(alert, world.ruth)).json()
    assert ratified["content_version"] == noted["content_version"] == 1
    listed = await world.police_system.get(f"/v1/alerts/{alert['id']}/acknowledgements")
    assert listed.json()["items"] == [noted]


async def test_the_transitions_say_who_and_when(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await ratify(alert, world.ruth)
    listed = await world.school_system.get(f"/v1/alerts/{alert['id']}/transitions")
    first, second = listed.json()["items"]
    assert (first["from_status"], first["to_status"]) == (None, "provisional")
    assert (first["by_name"], first["version"]) == ("Amina", 1)
    assert (second["from_status"], second["to_status"]) == ("provisional", "active")
    assert (second["by_name"], second["version"]) == ("Ruth", 2)
    assert second["by_agency_id"] == str(world.agencies["health_visiting"].id)


@pytest.mark.parametrize(
    "author", [{"staff_id": "staff-ruth"}, {"name": "RUTH", "job_title": "manager"}]
)
async def test_the_author_does_not_ratify(world: World, author: dict[str, Any]) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, author=author)
    problem(await ratify(alert, world.ruth), 409, "conflict")


async def test_what_a_manager_wrote_in_person_needs_another_manager(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, world.ruth)
    problem(await ratify(alert, world.ruth), 409, "conflict")


async def test_only_a_manager_of_the_owner_ratifies(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    for who in (world.amina, world.health_visiting_system, world.nadia, world.owen, world.jonas):
        problem(await ratify(alert, who), 403, "forbidden")
    problem(await ratify(alert, world.victor), 404, "not_found")
    assert (await ratify(alert, world.ruth)).status_code == 200


async def test_an_alert_is_ratified_as_it_was_last_read(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    path = f"/v1/alerts/{alert['id']}/ratify"
    problem(await world.ruth.post(path, {}), 428, "precondition_required")
    for stale in ('"2"', '"x"'):
        answer = await world.ruth.post(path, {}, headers={"If-Match": stale})
        problem(answer, 412, "precondition_failed")
    for malformed in ("1", "*", 'W/"1"'):
        answer = await world.ruth.post(path, {}, headers={"If-Match": malformed})
        problem(answer, 400, "bad_request")
    told = await world.ruth.post(path, {"note": "Agreed"}, headers=etag(alert))
    assert pointers(told) == ["/note"]


async def test_an_alert_is_ratified_once(world: World) -> None:
    family = await shared_family(world)
    alert = (await ratify(await publish(world, family), world.ruth)).json()
    refused = problem(await ratify(alert, world.ruth), 409, "conflict")
    assert (refused["alert_status"], refused["legal_acts"]) == (
        "active",
        ["review", "renew", "withdraw", "supersede", "enter_in_error"],
    )


async def test_what_was_withdrawn_is_not_ratified(world: World) -> None:
    family = await shared_family(world)
    alert = (await withdraw(await publish(world, family), world.ruth)).json()
    refused = problem(await ratify(alert, world.ruth), 409, "conflict")
    assert (refused["alert_status"], refused["legal_acts"]) == ("withdrawn", [])
