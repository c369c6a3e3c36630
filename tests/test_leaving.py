"""Leaving: what is owed is handed over first; then access ends at once, everywhere."""

from typing import Any

import pytest

from tests.involving import (
    about,
    bookmark,
    hand_over_alert,
    hand_over_lead,
    involvement_of,
    leave,
    news,
    pointers,
    problem,
    types,
    withdraw,
)
from tests.world import World, etag, publish, register, shared_family

pytestmark = pytest.mark.anyio


def owed(answer: Any) -> list[dict[str, str]]:
    duties: list[dict[str, str]] = problem(answer, 409, "duties_remain")["duties"]
    return duties


async def test_the_lead_and_live_alerts_are_owed_before_leaving(world: World) -> None:
    family = await shared_family(world)
    kept = await publish(world, family)
    closed = await publish(world, family)
    assert (await withdraw(closed, world.ruth)).status_code == 200
    assert owed(await leave(family, world.health_visiting_system)) == [
        {"type": "family_lead", "id": family["id"]},
        {"type": "alert", "id": kept["id"]},
    ]


async def test_after_both_are_handed_over_the_owner_leaves(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await hand_over_lead(family, world.ruth, world.nadia)).status_code == 200
    assert owed(await leave(family, world.health_visiting_system)) == [
        {"type": "alert", "id": alert["id"]}
    ]
    assert (await hand_over_alert(alert, world.ruth, world.nadia)).status_code == 200
    left = await leave(family, world.health_visiting_system)
    assert left.status_code == 200
    assert left.json()["until_at"] is not None
    assert left.headers["ETag"] == '"2"'


async def test_who_is_alone_leaves_with_the_lead_but_not_with_a_live_alert(world: World) -> None:
    family = await register(world)
    alert = await publish(world, family)
    assert owed(await leave(family, world.amina)) == [{"type": "alert", "id": alert["id"]}]
    assert (await withdraw(alert, world.ruth)).status_code == 200
    assert (await leave(family, world.amina)).status_code == 200


async def test_access_ends_at_once(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    paths = [
        f"/v1/alerts/{alert['id']}",
        f"/v1/alerts/{alert['id']}/transitions",
        f"/v1/alerts/{alert['id']}/acknowledgements",
        f"/v1/families/{family['id']}",
        f"/v1/families/{family['id']}/alerts",
        f"/v1/families/{family['id']}/banner",
        f"/v1/families/{family['id']}/involvements",
        f"/v1/families/{family['id']}/contests",
    ]
    police = (world.police_system, world.nadia)
    assert {(await who.get(path)).status_code for who in police for path in paths} == {200}
    assert (await leave(family, world.police_system)).status_code == 200
    assert {(await who.get(path)).status_code for who in police for path in paths} == {404}
    for path, own in (("/v1/families", family["id"]), ("/v1/alerts", alert["id"])):
        assert own not in (await world.police_system.get(path)).text


async def test_nothing_can_be_done_on_the_family_any_more(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    involvement = await involvement_of(family, world.police_system, world.police_system)
    assert (await leave(family, world.police_system)).status_code == 200
    noted = await world.jonas.post(f"/v1/alerts/{alert['id']}/acknowledgements", {})
    problem(noted, 404, "not_found")
    problem(await withdraw(alert, world.nadia), 404, "not_found")
    path = f"/v1/families/{family['id']}/involvements/{involvement['id']}/leave"
    again = await world.jonas.post(path, {"reason": "Twice"}, headers=etag(involvement))
    problem(again, 404, "not_found")


async def test_what_was_readable_is_withheld_in_the_feed_of_who_left(world: World) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.police_system)
    alert = await publish(world, family)
    await world.ruth.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers=etag(alert))
    assert types(await news(world.police_system, mark)) == ["alert.published", "alert.ratified"]
    assert (await leave(family, world.police_system)).status_code == 200
    after = await news(world.police_system, mark)
    assert types(after) == ["event.withheld", "event.withheld"]
    assert {each["data"][name] for each in after for name in ("event_id", "family_id")} == {None}
    assert {each["data"]["resource"] for each in after} == {None}
    positions = [each["data"]["position"] for each in after]
    assert positions == [positions[0], positions[0] + 1]


async def test_those_who_stay_are_told_and_who_left_is_not(world: World) -> None:
    family = await shared_family(world)
    stay = (world.health_visiting_system, world.school_system)
    marks = [await bookmark(who) for who in (*stay, world.police_system)]
    assert (await leave(family, world.police_system)).status_code == 200
    for who, mark in zip(stay, marks, strict=False):
        assert about(await news(who, mark), family["id"]) == ["family.agency_left"]
        listed = await who.get(f"/v1/families/{family['id']}/involvements")
        assert str(world.agencies["police"].id) not in listed.text
    assert await news(world.police_system, marks[-1]) == []


async def test_an_agency_leaves_only_for_itself_and_as_it_last_read(world: World) -> None:
    family = await shared_family(world)
    police = await involvement_of(family, world.police_system, world.school_system)
    path = f"/v1/families/{family['id']}/involvements/{police['id']}/leave"
    reason = {"reason": "The case is closed"}
    for who in (world.school_system, world.ruth):
        problem(await who.post(path, reason, headers=etag(police)), 403, "forbidden")
    stale = await world.jonas.post(path, reason, headers={"If-Match": '"7"'})
    problem(stale, 412, "precondition_failed")
    problem(await world.jonas.post(path, reason), 428, "precondition_required")
    blank = await world.jonas.post(path, {"reason": "  "}, headers=etag(police))
    assert pointers(blank) == ["/reason"]


async def test_an_answer_given_before_is_not_given_again_to_who_left(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    retry = {"headers": {"Idempotency-Key": "the-same-key-again"}}
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    assert (await world.jonas.post(path, {}, **retry)).status_code == 201
    assert (await world.jonas.post(path, {}, **retry)).headers["Idempotency-Replayed"] == "true"
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.jonas.post(path, {}, **retry), 404, "not_found")
