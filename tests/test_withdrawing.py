"""Withdrawing: by a manager of the owner, and told to everybody who was ever told."""

import pytest

from tests.governing import another_manager, enter_in_error
from tests.involving import (
    about,
    bookmark,
    bookmarks,
    heard,
    leave,
    news,
    pointers,
    problem,
    ratify,
    withdraw,
)
from tests.world import BASE_URL, World, etag, join, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_a_withdrawn_alert_is_over_and_its_audience_is_told(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    marks = await bookmarks(world)
    answer = await withdraw(alert, world.ruth, "The dog was rehomed.")
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    assert answer.headers["ETag"] == '"2"'
    told = {kind: ["alert.withdrawn"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told
    listed = await world.school_system.get(f"/v1/alerts/{alert['id']}/transitions")
    assert listed.json()["items"][-1]["reason"] == "The dog was rehomed."
    read = await world.school_system.get(f"/v1/alerts/{alert['id']}")
    assert read.json()["status"] == "withdrawn"
    banner = await world.school_system.get(f"/v1/families/{family['id']}/banner")
    assert banner.json()["alerts"] == []


async def test_an_active_alert_is_withdrawn_as_well(world: World) -> None:
    family = await shared_family(world)
    alert = (await ratify(await publish(world, family), world.ruth)).json()
    assert (await withdraw(alert, world.ruth)).json()["version"] == 3


async def test_an_agency_that_has_left_learns_the_id_and_nothing_else(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await leave(family, world.police_system)).status_code == 200
    mark = await bookmark(world.police_system)
    assert (await withdraw(alert, world.ruth, "Canary reason")).status_code == 200
    [told] = await news(world.police_system, mark)
    assert told["type"] == "alert.recalled"
    data = told["data"]
    url = f"{BASE_URL}/v1/recalls/{alert['id']}"
    assert data["resource"] == {"type": "alert", "id": alert["id"], "version": None, "url": url}
    assert data["family_id"] is None
    assert family["id"] not in str(told)
    assert "Canary" not in str(told)
    assert (await world.police_system.get(f"/v1/alerts/{alert['id']}")).status_code == 404


async def test_who_was_told_on_joining_is_told_of_the_end(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await join(world, family, world.probation_system)
    assert (await leave(family, world.probation_system)).status_code == 200
    mark = await bookmark(world.probation_system)
    assert (await withdraw(alert, world.ruth)).status_code == 200
    told = await news(world.probation_system, mark)
    assert about(told, alert["id"]) == ["alert.recalled"]


async def test_who_was_never_told_hears_nothing_of_the_end(world: World) -> None:
    family = await shared_family(world)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    named = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    marks = await bookmarks(world)
    assert (await withdraw(named, world.ruth)).status_code == 200
    told = {kind: ["alert.withdrawn"] for kind in ("health_visiting", "school")}
    assert await heard(world, marks, named["id"]) == told


@pytest.mark.parametrize(("severity", "status"), [("serious", 409), ("caution", 200)])
async def test_a_severe_alert_that_another_ratified_is_not_its_author_s_to_withdraw(
    world: World, severity: str, status: int
) -> None:
    rosa = await another_manager(world, "health_visiting", "rosa")
    family = await shared_family(world)
    alert = await publish(world, family, rosa, severity=severity)
    active = (await ratify(alert, world.ruth)).json()
    assert (await withdraw(active, rosa)).status_code == status
    provisional = await publish(world, family, rosa, severity=severity)
    assert (await withdraw(provisional, rosa)).status_code == 200
    third = (await ratify(await publish(world, family, rosa), world.ruth)).json()
    assert (await enter_in_error(rosa, third)).status_code == 200  # a wrong person is freed at once


async def test_only_a_manager_of_the_owner_withdraws(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    for who in (world.amina, world.health_visiting_system, world.nadia, world.owen):
        problem(await withdraw(alert, who), 403, "forbidden")
    problem(await withdraw(alert, world.victor), 404, "not_found")


async def test_a_manager_withdraws_also_what_they_wrote(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, world.ruth)
    assert (await withdraw(alert, world.ruth)).status_code == 200


async def test_a_withdrawal_gives_its_reason_and_the_version_read(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    path = f"/v1/alerts/{alert['id']}/withdraw"
    for body in ({}, {"reason": " "}, {"reason": None}, {"reason": "x" * 4001}):
        assert pointers(await world.ruth.post(path, body, headers=etag(alert))) == ["/reason"]
    problem(await world.ruth.post(path, {"reason": "Over."}), 428, "precondition_required")
    stale = {"If-Match": '"5"'}
    answer = await world.ruth.post(path, {"reason": "Over."}, headers=stale)
    problem(answer, 412, "precondition_failed")


async def test_an_alert_is_withdrawn_once(world: World) -> None:
    family = await shared_family(world)
    alert = (await withdraw(await publish(world, family), world.ruth)).json()
    refused = problem(await withdraw(alert, world.ruth), 409, "conflict")
    assert refused["legal_acts"] == []
