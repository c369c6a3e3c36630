"""The lead: the registrar, until a manager of it hands over to another involved agency."""

from typing import Any
from uuid import uuid4

import pytest

from tests.involving import bookmarks, hand_over_lead, heard, leave, pointers, problem
from tests.world import Caller, World, etag, shared_family

pytestmark = pytest.mark.anyio


async def gives_to(family: dict[str, Any], who: Caller, agency_id: Any, **headers: str) -> Any:
    given = headers or etag(family)
    body = {"agency_id": str(agency_id)}
    return await who.post(f"/v1/families/{family['id']}/lead", body, headers=given)


async def test_another_involved_agency_leads_from_then_on_and_all_are_told(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    answer = await hand_over_lead(family, world.ruth, world.nadia)
    police = str(world.agencies["police"].id)
    assert (answer.status_code, answer.json()["lead_agency_id"]) == (200, police)
    assert answer.headers["ETag"] == f'"{family["version"] + 1}"'
    handed = ["family.lead_handed_over"]
    told = {"health_visiting": handed, "police": handed, "school": handed}
    assert await heard(world, marks, family["id"]) == told
    assert (await leave(family, world.health_visiting_system)).status_code == 200


async def test_only_a_manager_of_the_lead_hands_over(world: World) -> None:
    family = await shared_family(world)
    police = world.agencies["police"].id
    for who in (world.nadia, world.owen, world.amina, world.health_visiting_system):
        problem(await gives_to(family, who, police), 403, "forbidden")
    problem(await gives_to(family, world.victor, police), 404, "not_found")
    assert (await gives_to(family, world.ruth, police)).status_code == 200
    now = (await world.ruth.get(f"/v1/families/{family['id']}")).json()
    problem(await gives_to(now, world.ruth, police), 403, "forbidden")


async def test_only_an_involved_agency_can_lead(world: World) -> None:
    family = await shared_family(world)
    for agency_id in (world.agencies["probation"].id, uuid4()):
        assert pointers(await gives_to(family, world.ruth, agency_id)) == ["/agency_id"]
    own = world.agencies["health_visiting"].id
    problem(await gives_to(family, world.ruth, own), 409, "conflict")


async def test_the_lead_is_handed_over_as_it_was_last_read(world: World) -> None:
    family = await shared_family(world)
    police = world.agencies["police"].id
    stale = await gives_to(family, world.ruth, police, **{"If-Match": '"9"'})
    problem(stale, 412, "precondition_failed")
    unread = await gives_to(family, world.ruth, police, **{"If-None-Match": "*"})
    problem(unread, 428, "precondition_required")
    assert pointers(await gives_to(family, world.ruth, "police")) == ["/agency_id"]
