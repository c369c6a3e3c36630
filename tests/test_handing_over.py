"""Handing over: another agency that reads the alert answers for it from then on."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.involving import (
    bookmarks,
    hand_over_alert,
    heard,
    leave,
    pointers,
    problem,
    ratify,
    withdraw,
)
from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


def named(world: World, *kinds: str) -> dict[str, Any]:
    agencies = [
        {"agency_id": str(world.agencies[kind].id), "reason": "Attends with us"} for kind in kinds
    ]
    return {"kind": "agencies", "agencies": agencies}


async def test_the_new_owner_answers_for_the_alert_and_all_readers_are_told(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    marks = await bookmarks(world)
    answer = await hand_over_alert(alert, world.ruth, world.nadia)
    police = str(world.agencies["police"].id)
    assert answer.status_code == 200
    assert answer.json() == {**alert, "agency_id": police, "version": 2}
    told = {kind: ["alert.handed_over"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told
    now = answer.json()
    problem(await withdraw(now, world.ruth), 403, "forbidden")
    assert (await ratify(now, world.nadia)).status_code == 200


async def test_every_named_reader_is_told_and_the_giver_goes_on_reading(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, audience=named(world, "police", "school"))
    marks = await bookmarks(world)
    assert (await hand_over_alert(alert, world.ruth, world.nadia)).status_code == 200
    told = {kind: ["alert.handed_over"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told
    for who in (world.ruth, world.nadia, world.tessa):
        assert (await who.get(f"/v1/alerts/{alert['id']}")).status_code == 200
    now = (await world.nadia.get(f"/v1/alerts/{alert['id']}")).json()
    assert (await hand_over_alert(now, world.nadia, world.ruth)).status_code == 200
    back = (await world.ruth.get(f"/v1/alerts/{alert['id']}")).json()
    assert (await hand_over_alert(back, world.ruth, world.nadia)).status_code == 200


async def test_it_is_a_step_of_the_alert_and_stands_in_the_chronology(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, audience=named(world, "police", "school"))
    assert (await hand_over_alert(alert, world.ruth, world.nadia)).status_code == 200
    steps = (await world.tessa.get(f"/v1/alerts/{alert['id']}/transitions")).json()["items"]
    assert [(each["version"], each["act"], each["to_status"]) for each in steps] == [
        (1, "publish", "provisional"),
        (2, "hand_over", "provisional"),
    ]
    assert (steps[1]["by_name"], steps[1]["reason"]) == ("Ruth", "To police agency.")
    path = f"/v1/families/{family['id']}/chronology"
    told = await world.jonas.get(path, params={"type": "alert.handed_over"})
    [entry] = told.json()["items"]
    assert (entry["resource"]["id"], entry["note"]) == (alert["id"], "To police agency.")
    assert entry["agency_id"] == str(world.agencies["health_visiting"].id)


async def test_only_an_agency_that_reads_the_alert_takes_it(world: World) -> None:
    family = await shared_family(world)
    open_to_all = await publish(world, family)
    to_police = await publish(world, family, audience=named(world, "police"))
    assert pointers(await hand_over_alert(open_to_all, world.ruth, world.lena)) == ["/agency_id"]
    assert pointers(await hand_over_alert(to_police, world.ruth, world.owen)) == ["/agency_id"]
    path = f"/v1/alerts/{to_police['id']}/hand-over"
    unknown = await world.ruth.post(path, {"agency_id": str(uuid4())}, headers=etag(to_police))
    assert pointers(unknown) == ["/agency_id"]
    problem(await hand_over_alert(to_police, world.ruth, world.amina), 409, "conflict")


async def test_only_a_live_alert_is_handed_over_by_a_manager_of_its_owner(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    for who in (world.amina, world.health_visiting_system, world.nadia):
        problem(await hand_over_alert(alert, who, world.owen), 403, "forbidden")
    problem(await hand_over_alert(alert, world.victor, world.owen), 404, "not_found")
    stale = {**alert, "version": 4}
    problem(await hand_over_alert(stale, world.ruth, world.owen), 412, "precondition_failed")
    over = (await withdraw(alert, world.ruth)).json()
    problem(await hand_over_alert(over, world.ruth, world.owen), 409, "conflict")


async def test_an_alert_never_ends_with_an_agency_that_leaves_at_that_moment(
    world: World,
) -> None:
    for _ in range(5):
        family = await shared_family(world)
        alert = await publish(world, family)
        given, left = await asyncio.gather(
            hand_over_alert(alert, world.ruth, world.nadia), leave(family, world.police_system)
        )
        outcome = (given.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (given.text, left.text)
