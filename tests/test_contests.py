"""Contests: a doubted involvement stands until it is decided, by somebody who is no party."""

from typing import Any
from uuid import uuid4

import pytest

from tests.involving import (
    about,
    bookmark,
    bookmarks,
    hand_over_lead,
    heard,
    involvement_of,
    leave,
    news,
    pointers,
    problem,
    types,
    withdraw,
)
from tests.world import Caller, World, join, publish, shared_family

pytestmark = pytest.mark.anyio


async def contested(family: dict[str, Any], by: Caller, whom: Caller) -> Any:
    involvement = await involvement_of(family, whom, by)
    path = f"/v1/families/{family['id']}/involvements/{involvement['id']}/contests"
    return await by.post(path, {"reason": "Does not work with any member"})


async def decided(
    family: dict[str, Any], contest: dict[str, Any], by: Caller, outcome: str = "upheld"
) -> Any:
    path = f"/v1/families/{family['id']}/contests/{contest['id']}/decision"
    return await by.post(path, {"outcome": outcome, "reason": "Asked both agencies"})


async def test_a_contest_is_listed_told_and_shown_while_the_involvement_stands(
    world: World,
) -> None:
    family = await shared_family(world)
    everybody = (world.health_visiting_system, world.police_system, world.school_system)
    marks = [await bookmark(who) for who in everybody]
    answer = await contested(family, world.tessa, world.police_system)
    contest = answer.json()
    assert (answer.status_code, contest["status"]) == (201, "open")
    assert contest["contested_by"] == str(world.agencies["school"].id)
    for who, mark in zip(everybody, marks, strict=True):
        told = about(await news(who, mark), family["id"])
        assert told == ["family.involvement_contested"]
    listed = await world.police_system.get(f"/v1/families/{family['id']}/contests")
    assert listed.json() == {"items": [contest]}
    involvement = await involvement_of(family, world.police_system, world.amina)
    assert involvement["contested"] is True
    assert (await world.police_system.get(f"/v1/families/{family['id']}")).status_code == 200


async def test_dismissed_the_involvement_goes_on(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.tessa, world.police_system)).json()
    answer = await decided(family, contest, world.ruth, "dismissed")
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert answer.json()["decision_reason"] == "Asked both agencies"
    involvement = await involvement_of(family, world.police_system, world.police_system)
    assert involvement["contested"] is False


async def test_upheld_the_involvement_ends_at_once_and_both_sides_are_told(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.tessa, world.police_system)).json()
    stay, ended = world.school_system, world.police_system
    marks = await bookmark(stay), await bookmark(ended)
    assert (await decided(family, contest, world.ruth)).json()["status"] == "upheld"
    assert (await ended.get(f"/v1/families/{family['id']}")).status_code == 404
    assert types(await news(stay, marks[0])) == ["family.contest_decided"]
    told = await news(ended, marks[1])
    assert types(told) == ["family.involvement_ended"]
    assert told[0]["data"]["family_id"] == family["id"]


async def test_the_lead_answers_for_the_alerts_of_an_ended_agency(world: World) -> None:
    family = await shared_family(world)
    live = await publish(world, family, world.jonas)
    over = await publish(world, family, world.jonas)
    assert (await withdraw(over, world.nadia)).status_code == 200
    contest = (await contested(family, world.tessa, world.police_system)).json()
    marks = await bookmarks(world)
    assert (await decided(family, contest, world.ruth)).status_code == 200
    handed = ["alert.handed_over"]
    told = {"health_visiting": handed, "school": handed}
    assert await heard(world, marks, live["id"]) == told
    assert await heard(world, marks, over["id"]) == {}
    now = (await world.ruth.get(f"/v1/alerts/{live['id']}")).json()
    assert (now["agency_id"], now["version"]) == (family["lead_agency_id"], live["version"] + 1)
    _, step = (await world.tessa.get(f"/v1/alerts/{live['id']}/transitions")).json()["items"]
    assert (step["act"], step["version"], step["by_name"]) == ("hand_over", 2, "Ruth")
    assert step["reason"] == "To the lead: its owner is no longer involved."
    assert step["from_status"] == step["to_status"] == "provisional"
    unchanged = (await world.ruth.get(f"/v1/alerts/{over['id']}")).json()
    assert unchanged["agency_id"] == str(world.agencies["police"].id)
    problem(await withdraw(now, world.nadia), 404, "not_found")
    assert (await withdraw(now, world.ruth)).status_code == 200
    assert (await heard(world, marks, live["id"]))["police"] == ["alert.recalled"]


async def test_an_alert_for_named_agencies_reaches_the_lead_and_nobody_new(world: World) -> None:
    family = await shared_family(world)
    await join(world, family, world.probation_system)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    named = {"kind": "agencies", "agencies": [school]}
    alert = await publish(world, family, world.jonas, audience=named)
    assert (await world.ruth.get(f"/v1/alerts/{alert['id']}")).status_code == 404
    contest = (await contested(family, world.tessa, world.police_system)).json()
    marks = await bookmarks(world)
    assert (await decided(family, contest, world.ruth)).status_code == 200
    handed = ["alert.handed_over"]
    told = {"health_visiting": handed, "school": handed}
    assert await heard(world, marks, alert["id"]) == told
    for who in (world.police_system, world.probation_system):
        assert (await who.get(f"/v1/alerts/{alert['id']}")).status_code == 404
    now = (await world.ruth.get(f"/v1/alerts/{alert['id']}")).json()
    assert (await withdraw(now, world.ruth)).status_code == 200


async def test_only_the_lead_s_manager_decides(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.tessa, world.police_system)).json()
    for who in (world.amina, world.nadia, world.owen, world.health_visiting_system):
        problem(await decided(family, contest, who), 403, "forbidden")
    problem(await decided(family, contest, world.victor), 404, "not_found")
    assert (await decided(family, contest, world.ruth)).status_code == 200
    problem(await decided(family, contest, world.ruth), 409, "conflict")


async def test_where_the_lead_is_contested_information_governance_decides(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.jonas, world.health_visiting_system)).json()
    for who in (world.ruth, world.nadia):
        problem(await decided(family, contest, who), 403, "forbidden")
    assert (await decided(family, contest, world.owen)).status_code == 200
    now = (await world.owen.get(f"/v1/families/{family['id']}")).json()
    assert now["lead_agency_id"] == str(world.agencies["school"].id)


async def test_where_the_lead_contests_information_governance_decides(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.amina, world.police_system)).json()
    problem(await decided(family, contest, world.ruth), 403, "forbidden")
    assert (await decided(family, contest, world.owen, "dismissed")).status_code == 200


async def test_who_contests_does_not_decide(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.owen, world.health_visiting_system)).json()
    problem(await decided(family, contest, world.owen), 403, "forbidden")


async def test_an_involvement_is_contested_once_at_a_time_and_never_by_itself(
    world: World,
) -> None:
    family = await shared_family(world)
    problem(await contested(family, world.jonas, world.police_system), 409, "conflict")
    contest = (await contested(family, world.tessa, world.police_system)).json()
    problem(await contested(family, world.amina, world.police_system), 409, "conflict")
    assert (await decided(family, contest, world.ruth, "dismissed")).status_code == 200
    problem(await contested(family, world.tessa, world.police_system), 409, "conflict")
    assert (await contested(family, world.amina, world.police_system)).status_code == 201


async def test_an_ended_involvement_is_not_contested_and_a_late_decision_changes_nothing(
    world: World,
) -> None:
    family = await shared_family(world)
    involvement = await involvement_of(family, world.police_system, world.tessa)
    contest = (await contested(family, world.tessa, world.police_system)).json()
    assert (await leave(family, world.police_system)).status_code == 200
    path = f"/v1/families/{family['id']}/involvements/{involvement['id']}/contests"
    problem(await world.tessa.post(path, {"reason": "Late"}), 409, "conflict")
    mark = await bookmark(world.police_system)
    assert (await decided(family, contest, world.ruth)).status_code == 200
    assert await news(world.police_system, mark) == []


async def test_a_contest_gives_its_reason_and_names_what_exists(world: World) -> None:
    family = await shared_family(world)
    base = f"/v1/families/{family['id']}"
    involvement = await involvement_of(family, world.police_system, world.tessa)
    blank = await world.tessa.post(
        f"{base}/involvements/{involvement['id']}/contests", {"reason": ""}
    )
    assert pointers(blank) == ["/reason"]
    nothing = await world.tessa.post(f"{base}/involvements/{uuid4()}/contests", {"reason": "?"})
    problem(nothing, 404, "not_found")
    problem(await decided(family, {"id": str(uuid4())}, world.ruth), 404, "not_found")
    contest = (await contested(family, world.tessa, world.police_system)).json()
    assert pointers(await decided(family, contest, world.ruth, "perhaps")) == ["/outcome"]


async def test_after_the_lead_changed_the_new_lead_s_manager_decides(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.tessa, world.health_visiting_system)).json()
    assert (await hand_over_lead(family, world.ruth, world.nadia)).status_code == 200
    assert (await decided(family, contest, world.nadia)).status_code == 200
