"""One rule, asked in both directions: who is told of an event, and who may see it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from api.agencies import events as agency_events
from api.journal import event_types
from api.journal.audiences import recipients_of
from api.journal.event_types import EVENT_TYPES, RESOURCES, Entitlement, declare
from tests.world import Caller, World, etag, join, publish, register, shared_family

pytestmark = pytest.mark.anyio

ALL = ("health_visiting", "police", "school", "probation", "operator")


async def told(superuser: Any, world: World, event_type: str, resource: str) -> set[str]:
    """Whose inboxes hold an event of the resource."""
    names = {each.id: name for name, each in world.agencies.items()}
    rows = await superuser.fetch(
        "SELECT agency_id FROM inbox WHERE type = $1 AND resource_id = $2",
        event_type,
        UUID(resource),
    )
    return {names[row["agency_id"]] for row in rows}


def named(world: World, *kinds: str) -> dict[str, Any]:
    listed = [{"agency_id": str(world.agencies[each].id), "reason": "visits"} for each in kinds]
    return {"kind": "agencies", "agencies": listed}


async def leave(world: World, family: dict[str, Any], system: Caller, manager: Caller) -> None:
    path = f"/v1/families/{family['id']}/involvements"
    listed = (await system.get(path)).json()["items"]
    own = next(each for each in listed if each["agency_id"] == str(system.agency.id))
    left = await manager.post(f"{path}/{own['id']}/leave", {"reason": "Moved"}, headers=etag(own))
    assert left.status_code == 200, left.text


async def test_an_alert_for_all_involved_is_told_to_them_and_to_nobody_else(
    world: World, superuser: Any
) -> None:
    alert = await publish(world, await shared_family(world))
    everyone = {"health_visiting", "police", "school"}
    assert await told(superuser, world, "alert.published", alert["id"]) == everyone


async def test_an_alert_for_named_agencies_is_told_to_those_and_its_owner(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, audience=named(world, "police"))
    expected = {"health_visiting", "police"}
    assert await told(superuser, world, "alert.published", alert["id"]) == expected
    assert (await world.school_system.get(f"/v1/alerts/{alert['id']}")).status_code == 404


async def test_a_change_by_the_owner_reaches_every_named_agency(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, audience=named(world, "police", "school"))
    body = {"agency_id": str(world.agencies["police"].id)}
    path = f"/v1/alerts/{alert['id']}/hand-over"
    handed = await world.ruth.post(path, body, headers=etag(alert))
    assert handed.status_code == 200, handed.text
    expected = {"health_visiting", "police", "school"}
    assert await told(superuser, world, "alert.handed_over", alert["id"]) == expected


async def test_an_ending_reaches_also_who_has_left_since(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await leave(world, family, world.school_system, world.owen)
    ratified = await world.ruth.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers=etag(alert))
    ended = await world.ruth.post(
        f"/v1/alerts/{alert['id']}/withdraw", {"reason": "Rehomed"}, headers=etag(ratified.json())
    )
    assert ended.status_code == 200
    still_there = {"health_visiting", "police"}
    assert await told(superuser, world, "alert.ratified", alert["id"]) == still_there
    assert await told(superuser, world, "alert.withdrawn", alert["id"]) == {*still_there, "school"}


async def test_who_joined_an_alert_later_is_told_of_its_ending(
    world: World, superuser: Any
) -> None:
    family = await register(world)
    alert = await publish(world, family)
    assert (await join(world, family, world.probation_system)).status_code == 201
    assert await told(superuser, world, "alert.shared", alert["id"]) == {"probation"}
    body = {"reason": "Entered on the wrong record"}
    ended = await world.ruth.post(f"/v1/alerts/{alert['id']}/withdraw", body, headers=etag(alert))
    assert ended.status_code == 200, ended.text
    expected = {"health_visiting", "probation"}
    assert await told(superuser, world, "alert.withdrawn", alert["id"]) == expected


async def test_its_leaving_is_told_to_those_who_stay(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await leave(world, family, world.police_system, world.nadia)
    expected = {"health_visiting", "school"}
    assert await told(superuser, world, "family.agency_left", family["id"]) == expected


async def test_an_event_of_an_agencys_own_affairs_has_no_audience(world: World) -> None:
    async with world.runtime.database.session() as session:
        with pytest.raises(ValueError, match="addressed by name"):
            await recipients_of(session, agency_events.UPDATED, uuid4())


def test_an_event_type_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("alert.published", "alert", Entitlement.READABLE, "Again.")


def test_every_event_type_is_of_a_resource_that_says_who_reads_it() -> None:
    assert {each.resource for each in EVENT_TYPES.values()} <= set(RESOURCES)
    ends = ["lapsed", "withdrawn", "superseded", "entered_in_error", "recalled"]
    assert event_types.names_with(Entitlement.RECEIPT) == [f"alert.{each}" for each in ends]
