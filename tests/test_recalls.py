"""Recalls: everybody who ever had an alert is told that it is taken back, until they say so."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.worker import pass_all_deadlines
from tests.breaking import end, opened
from tests.governing import acknowledge_recall, enter_in_error, ratified, read
from tests.involving import (
    PRACTITIONER,
    about,
    bookmark,
    bookmarks,
    heard,
    leave,
    news,
    problem,
    withdraw,
)
from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, join, publish, shared_family

pytestmark = pytest.mark.anyio


async def recall(who: Caller, alert: dict[str, Any]) -> dict[str, Any]:
    answer = await who.get(f"/v1/recalls/{alert['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def owing(who: Caller, alert: dict[str, Any]) -> set[str]:
    """The agencies that owe the owner a receipt."""
    kinds = {str(each.id): kind for kind, each in who.world.agencies.items()}
    receipts = (await recall(who, alert))["receipts"]
    return {kinds[each["agency_id"]] for each in receipts if each["acknowledged_at"] is None}


async def withdrawn(world: World, family: dict[str, Any] | None = None, **changes: Any) -> Any:
    alert = await publish(world, family or await shared_family(world), **changes)
    answer = await withdraw(alert, world.ruth, "Canary reason")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_receipt_is_owed_by_everybody_but_the_owner(world: World) -> None:
    alert = await withdrawn(world)
    assert await owing(world.ruth, alert) == {"police", "school"}
    receipts = (await recall(world.ruth, alert))["receipts"]
    assert {each["agency"] for each in receipts} == {"police agency", "school agency"}
    assert all("contact" in each for each in receipts)
    own = await recall(world.police_system, alert)
    assert (own["kind"], own["outstanding"], len(own["receipts"])) == ("withdrawn", 1, 1)
    for who in (world.lena, world.probation_system):
        problem(await who.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")


async def test_a_named_practitioner_acknowledges_once_and_the_owner_sees_it(
    world: World,
) -> None:
    alert = await withdrawn(world)
    mark = await bookmark(world.health_visiting_system)
    made = await acknowledge_recall(world.police_system, alert)
    assert made.status_code == 201, made.text
    assert made.json()["practitioner"] == PRACTITIONER
    told = await news(world.health_visiting_system, mark)
    assert about(told, alert["id"]) == ["alert.recall_acknowledged"]
    assert await owing(world.ruth, alert) == {"school"}
    problem(await acknowledge_recall(world.jonas, alert), 409, "conflict")
    problem(await acknowledge_recall(world.ruth, alert), 409, "conflict")
    problem(await acknowledge_recall(world.lena, alert), 404, "not_found")
    nobody = await world.school_system.post(f"/v1/recalls/{alert['id']}/acknowledgements", {})
    problem(nobody, 422, "invalid")


async def test_who_has_left_owes_too_and_learns_no_more_than_that(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await leave(family, world.police_system)).status_code == 200
    assert (await withdraw(alert, world.ruth, "Canary reason")).status_code == 200
    shown = await world.police_system.get(f"/v1/recalls/{alert['id']}")
    assert shown.json()["kind"] == "recalled"
    for hidden in ("Canary", family["id"], "withdrawn"):
        assert hidden not in shown.text
    assert (await world.police_system.get(f"/v1/alerts/{alert['id']}")).status_code == 404
    assert (await acknowledge_recall(world.police_system, alert)).status_code == 201
    assert await owing(world.ruth, alert) == {"school"}


@pytest.mark.parametrize("seen", ["banner", "list", "alert", "all", "chronology"])
async def test_who_has_ever_read_it_owes_though_it_was_never_told(
    world: World, seen: str, superuser: Any
) -> None:
    """An agency that joins after the end reads it, and so has it."""
    family = await shared_family(world)
    alert = await ratified(world, family)
    who = world.probation_system
    await join(world, family, who)
    await superuser.execute(
        "DELETE FROM inbox WHERE resource_id = $1 AND agency_id = $2", alert["id"], who.agency.id
    )
    await superuser.execute("DELETE FROM first_reads WHERE resource_id = $1", alert["id"])
    path = f"/v1/families/{family['id']}"
    where = {
        "banner": f"{path}/banner",
        "list": f"{path}/alerts",
        "alert": f"/v1/alerts/{alert['id']}",
        "all": "/v1/alerts",
        "chronology": f"{path}/chronology",
    }
    assert (await who.get(where[seen])).status_code == 200
    assert (await leave(family, who)).status_code == 200
    assert (await enter_in_error(world.ruth, alert)).status_code == 200
    assert "probation" in await owing(world.ruth, alert)


async def test_who_has_read_it_by_break_glass_owes_too(world: World) -> None:
    alert = await ratified(world)
    grant = await opened(world.victor, {"id": alert["family_id"]})
    assert (await read(world.victor, alert))["id"] == alert["id"]
    assert (await end(grant, world.victor)).status_code == 200
    assert (await withdraw(alert, world.ruth, "Canary reason")).status_code == 200
    assert "probation" in await owing(world.ruth, alert)
    shown = await world.victor.get(f"/v1/recalls/{alert['id']}")
    assert (shown.status_code, shown.json()["kind"]) == (200, "recalled")
    assert (await acknowledge_recall(world.victor, alert)).status_code == 201


async def test_who_reads_it_by_break_glass_while_it_is_recalled_owes_too(
    world: World, superuser: Any
) -> None:
    """It is shown in force, and whoever withdraws it does not see the read."""
    alert = await ratified(world)
    grant = await opened(world.victor, {"id": alert["family_id"]})
    mark = await bookmark(world.probation_system)
    async with held(world.urls["postgres"], COUNTER, world.agencies["school"].id):
        withdrawing = asyncio.create_task(withdraw(alert, world.ruth))
        await waiters(superuser, 1)
        assert (await read(world.victor, alert))["status"] == "active"
    assert (await withdrawing).status_code == 200
    assert "probation" not in await owing(world.ruth, alert)
    await pass_all_deadlines(world.worker)
    assert "probation" in await owing(world.ruth, alert)
    assert about(await news(world.probation_system, mark), alert["id"]) == ["alert.recalled"]
    [own] = (await recall(world.victor, alert))["receipts"]
    assert own["acknowledge_by"] == "2026-11-23T10:15:00Z"
    world.clock.advance(timedelta(minutes=1))
    await pass_all_deadlines(world.worker)
    await pass_all_deadlines(world.worker)
    assert about(await news(world.probation_system, mark), alert["id"]) == ["alert.recalled"]
    assert (await acknowledge_recall(world.victor, alert)).status_code == 201
    assert (await end(grant, world.victor)).status_code == 200


async def test_an_agency_that_joins_after_the_end_owes_nothing(world: World) -> None:
    family = await shared_family(world)
    alert = await withdrawn(world, family)
    await join(world, family, world.probation_system)
    problem(await world.lena.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")
    world.clock.advance(timedelta(minutes=2))
    await read(world.lena, alert)
    await pass_all_deadlines(world.worker)
    problem(await world.lena.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")


async def test_it_is_told_of_again_every_day_until_it_is_acknowledged(world: World) -> None:
    alert = await withdrawn(world)
    assert (await acknowledge_recall(world.school_system, alert)).status_code == 201
    [own] = (await recall(world.police_system, alert))["receipts"]
    first = own["acknowledge_by"]
    marks = await bookmarks(world)

    async def after(**by: float) -> dict[str, list[str]]:
        world.clock.advance(timedelta(**by))
        await pass_all_deadlines(world.worker)
        return await heard(world, marks, alert["id"])

    assert await after(minutes=14) == {}
    outstanding = {"health_visiting": ["alert.recall_outstanding"]}
    assert await after(minutes=1) == {"police": ["alert.recalled"], **outstanding}
    assert await after(hours=23) == {"police": ["alert.recalled"], **outstanding}
    assert await after(hours=1) == {"police": ["alert.recalled"] * 2, **outstanding}
    assert (await acknowledge_recall(world.police_system, alert)).status_code == 201
    told = await after(days=3)
    assert told["police"] == ["alert.recalled"] * 2
    [own] = (await recall(world.police_system, alert))["receipts"]
    assert own["acknowledge_by"] == first


async def test_once_the_owner_has_left_the_lead_sees_to_the_receipts(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, world.jonas)
    assert (await withdraw(alert, world.nadia)).status_code == 200
    assert [each["agency_id"] for each in (await recall(world.ruth, alert))["receipts"]] == [
        str(world.agencies["health_visiting"].id)
    ]
    marks = await bookmarks(world)
    world.clock.advance(timedelta(minutes=15))
    await pass_all_deadlines(world.worker)
    told = await heard(world, marks, alert["id"])
    assert told["police"] == ["alert.recall_outstanding"] * 2
    assert (await leave(family, world.police_system)).status_code == 200
    assert await owing(world.ruth, alert) == {"health_visiting", "school"}
    page = await world.ruth.get("/v1/recalls", params={"outstanding": True, "limit": 1})
    assert page.json()["items"][0]["outstanding"] == 2
    assert (await acknowledge_recall(world.ruth, alert)).status_code == 201
    assert len((await recall(world.tessa, alert))["receipts"]) == 1
    marks = await bookmarks(world)
    for _ in range(2):
        world.clock.advance(timedelta(days=1))
        await pass_all_deadlines(world.worker)
    told = await heard(world, marks, alert["id"])
    assert told == {
        "health_visiting": ["alert.recall_outstanding"],  # once
        "school": ["alert.recalled"] * 2,
    }
    assert (await acknowledge_recall(world.tessa, alert)).status_code == 201


async def test_a_lead_that_does_not_read_the_alert_stands_in_for_nobody(world: World) -> None:
    family = await shared_family(world)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    named = {"kind": "agencies", "agencies": [school]}
    alert = await publish(world, family, world.jonas, audience=named)
    assert (await withdraw(alert, world.nadia)).status_code == 200
    assert (await leave(family, world.police_system)).status_code == 200
    marks = await bookmarks(world)
    world.clock.advance(timedelta(minutes=15))
    await pass_all_deadlines(world.worker)
    assert await heard(world, marks, alert["id"]) == {"school": ["alert.recalled"]}
    problem(await world.ruth.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")
    assert (await acknowledge_recall(world.tessa, alert)).status_code == 201


async def test_an_agency_that_has_left_is_reminded_without_content(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await leave(family, world.police_system)).status_code == 200
    assert (await withdraw(alert, world.ruth)).status_code == 200
    mark = await bookmark(world.police_system)
    world.clock.advance(timedelta(minutes=15))
    await pass_all_deadlines(world.worker)
    told = [
        each
        for each in await news(world.police_system, mark)
        if each["data"]["resource"] and each["data"]["resource"]["id"] == alert["id"]
    ]
    assert [each["type"] for each in told] == ["alert.recalled"]
    assert told[0]["data"]["family_id"] is None


async def test_recalls_are_listed_for_who_recalled_and_who_owes(world: World) -> None:
    family = await shared_family(world)
    first, second = await withdrawn(world, family), await withdrawn(world, family)
    await acknowledge_recall(world.police_system, first)
    for who, owed in (
        (world.police_system, [second]),
        (world.health_visiting_system, [second, first]),
    ):
        page = await who.get("/v1/recalls", params={"outstanding": True, "limit": 200})
        found = [each["id"] for each in page.json()["items"]]
        wanted = [each["id"] for each in owed]
        assert [each for each in found if each in {first["id"], second["id"]}] == wanted
    listed = await world.police_system.get("/v1/recalls", params={"limit": 1})
    assert [each["id"] for each in listed.json()["items"]] == [second["id"]]
    following = await world.police_system.get(
        "/v1/recalls", params={"limit": 1, "cursor": listed.json()["next"]}
    )
    assert [each["id"] for each in following.json()["items"]] == [first["id"]]
    assert 'rel="next"' in listed.headers["Link"]
    others = (await world.lena.get("/v1/recalls", params={"limit": 200})).json()["items"]
    assert not {first["id"], second["id"]} & {each["id"] for each in others}


async def test_a_receipt_is_given_once_by_two_at_once(world: World) -> None:
    alert = await withdrawn(world)
    both = await asyncio.gather(
        acknowledge_recall(world.jonas, alert), acknowledge_recall(world.police_system, alert)
    )
    assert sorted(each.status_code for each in both) == [201, 409]


async def test_lapsing_recalls_nothing(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    world.clock.advance(timedelta(days=8))
    await pass_all_deadlines(world.worker)
    assert (await read(world.ruth, alert))["status"] == "lapsed"
    problem(await world.ruth.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")


async def test_a_named_audience_alone_is_asked_for_receipts(world: World) -> None:
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    alert = await withdrawn(world, audience={"kind": "agencies", "agencies": [school]})
    assert await owing(world.ruth, alert) == {"school"}
    problem(await world.police_system.get(f"/v1/recalls/{alert['id']}"), 404, "not_found")
