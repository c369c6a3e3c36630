"""What an agency has to do, across families, and all that is asked on one family."""

from datetime import timedelta
from typing import Any

import pytest

from tests.assigning import (
    agency,
    an_action,
    assign,
    assigned,
    day,
    done,
    held_meeting,
    on_action,
)
from tests.involving import problem
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


async def listed(who: Caller, path: str = "/v1/actions", **query: Any) -> list[str]:
    found = done(await who.get(path, params=query))["items"]
    return [each["id"] for each in found]


async def test_the_work_list_of_an_agency_is_soonest_due_first(world: World) -> None:
    first, other = await held_meeting(world), await held_meeting(world)
    late, soon = await assign(
        world, first, an_action(world, due_on=day(world, 9)), an_action(world, due_on=day(world, 2))
    )
    middle, _ = await assign(
        world,
        other,
        an_action(
            world, kind="debrief", with_agency_ids=[agency(world.owen)], due_on=day(world, 5)
        ),
        an_action(world, agency_id=agency(world.amina)),
    )
    ids = [each["id"] for each in (soon, middle, late)]
    shown = [each for each in await listed(world.jonas, limit=200) if each in ids]
    assert shown == ids
    of_first = {"family_id": first["family_id"]}
    assert await listed(world.jonas, **of_first) == [soon["id"], late["id"]]
    assert await listed(world.amina, **of_first) == []
    assert await listed(world.jonas, kind="debrief", family_id=other["family_id"]) == [middle["id"]]
    done(await on_action(world.jonas, soon, "complete", evidence="Done."))
    world.clock.advance(timedelta(days=10))
    assert await listed(world.jonas, **of_first, overdue="true") == [late["id"]]
    assert await listed(world.jonas, **of_first, overdue="false") == [soon["id"]]
    assert await listed(world.jonas, **of_first, status=["done", "declined"]) == [soon["id"]]
    problem(await world.lena.get("/v1/actions", params=of_first), 404, "not_found")
    assert await listed(world.lena) == []


async def test_a_family_s_actions_are_paged(world: World) -> None:
    meeting = await held_meeting(world)
    days = (3, 1, 1, 2)
    made = await assign(
        world, meeting, *(an_action(world, due_on=day(world, each)) for each in days)
    )
    wanted = [each["id"] for each in sorted(made, key=lambda each: (each["due_on"], each["id"]))]
    path = f"/v1/families/{meeting['family_id']}/actions"
    found: list[str] = []
    page = await world.tessa.get(path, params={"limit": 3, "status": "assigned"})
    found += [each["id"] for each in done(page)["items"]]
    page = await world.tessa.get(page.links["next"]["url"])
    found += [each["id"] for each in done(page)["items"]]
    assert found == wanted
    assert done(page)["next"] is None
    problem(await world.lena.get(path), 404, "not_found")


async def test_what_is_bound_to_an_alert_is_listed_to_its_readers(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    school = {"agency_id": agency(world.owen), "reason": "Sees the father."}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    again = {"kind": "reconsider_alert", "alert_id": alert["id"]}
    [action] = await assign(
        world, meeting, an_action(world, agency_id=agency(world.amina), **again)
    )
    path = f"/v1/families/{family['id']}/actions"
    assert await listed(world.amina, path) == await listed(world.tessa, path) == [action["id"]]
    assert await listed(world.jonas, path) == []


async def test_a_list_is_audited_with_what_it_showed(world: World, superuser: Any) -> None:
    action = await assigned(world)
    for path, family in (("", None), (f"/families/{action['family_id']}", action["family_id"])):
        await listed(world.jonas, f"/v1{path}/actions")
        entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
        assert entry["action"] == "actions.listed"
        assert (entry["family_id"] and str(entry["family_id"])) == family
        assert action["id"] in entry["details"]


async def test_it_is_overdue_from_the_day_after_in_london(world: World) -> None:
    meeting = await held_meeting(world)
    [action] = await assign(world, meeting, an_action(world, due_on=day(world, 1)))
    path = f"/v1/actions/{action['id']}"
    world.clock.advance(timedelta(days=1))
    assert done(await world.owen.get(path))["overdue"] is False
    world.clock.advance(timedelta(days=1))
    assert done(await world.owen.get(path))["overdue"] is True
    declined = done(await on_action(world.jonas, action, "decline", reason="Nobody."))
    assert declined["overdue"] is True
    over = done(await on_action(world.owen, declined, "cancel", reason="Moved."))
    assert over["overdue"] is False
