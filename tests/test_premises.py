"""An alert on premises must be confirmed again when the family has moved, and says so."""

from typing import Any

import httpx
import pytest

from tests.governing import audited_about, on_alert, ratified, read
from tests.involving import bookmarks, heard, problem
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio

NEW_HOME = {"lines": ["3 Cross Street"], "postcode": "DN32 7AB"}


def the_house(family: dict[str, Any]) -> dict[str, str]:
    return {"kind": "premises", "address_id": family["addresses"][0]["id"]}


async def move(who: Caller, family: dict[str, Any]) -> None:
    answer = await who.post(f"/v1/families/{family['id']}/addresses", NEW_HOME)
    assert answer.status_code == 201, answer.text


async def confirm(who: Caller, alert: dict[str, Any]) -> httpx.Response:
    return await on_alert(who, alert, "confirm", {"reason": "The dog is kept there still."})


async def test_a_move_noted_by_anybody_asks_for_confirmation(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family, subject=the_house(family))
    other = await ratified(world, family)
    assert alert["unconfirmed"] is False
    marks = await bookmarks(world)
    await move(world.tessa, family)
    now = await read(world.jonas, alert)
    assert (now["unconfirmed"], now["version"]) == (True, alert["version"] + 1)
    assert (await read(world.jonas, other))["unconfirmed"] is False
    told = await heard(world, marks, alert["id"])
    assert told == {
        kind: ["alert.confirmation_due"] for kind in ("health_visiting", "police", "school")
    }
    marks = await bookmarks(world)
    await move(world.tessa, family)
    assert await heard(world, marks, alert["id"]) == {}  # asked already


async def test_a_named_alert_asks_its_own_audience_only(world: World) -> None:
    family = await shared_family(world)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    audience = {"kind": "agencies", "agencies": [school]}
    alert = await ratified(world, family, subject=the_house(family), audience=audience)
    marks = await bookmarks(world)
    await move(world.jonas, family)
    told = {kind: ["alert.confirmation_due"] for kind in ("health_visiting", "school")}
    assert await heard(world, marks, alert["id"]) == told


async def test_whoever_notes_a_move_does_not_learn_of_a_named_alert_by_its_audit(
    world: World, superuser: Any
) -> None:
    """The entry is there, in nobody's name; of an alert that the agency reads, in its own."""
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Asked to attend"}
    audience = {"kind": "agencies", "agencies": [police]}
    hidden = await ratified(world, family, subject=the_house(family), audience=audience)
    shown = await ratified(world, family, subject=the_house(family))
    await move(world.tessa, family)
    assert await audited_about(world.owen, hidden["id"]) == []
    assert await audited_about(world.owen, shown["id"]) == ["alert.confirmation_due"]
    [entry] = await superuser.fetch(
        "SELECT agency_id, client_id, practitioner_id, request_id FROM audit_entries "
        "WHERE resource_id = $1 AND action = 'alert.confirmation_due'",
        hidden["id"],
    )
    assert (entry["agency_id"], entry["client_id"], entry["practitioner_id"]) == (None,) * 3
    updated = "SELECT agency_id FROM audit_entries WHERE request_id = $1 AND action = $2"
    asked = await superuser.fetchval(updated, entry["request_id"], "family.updated")
    assert asked == world.agencies["school"].id


async def test_the_owner_s_manager_confirms_with_a_reason(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family, subject=the_house(family))
    problem(await confirm(world.ruth, alert), 409, "conflict")
    await move(world.amina, family)
    now = await read(world.ruth, alert)
    for who in (world.amina, world.health_visiting_system, world.owen):
        problem(await confirm(who, now), 403, "forbidden")
    problem(await confirm(world.victor, now), 404, "not_found")
    problem(await confirm(world.ruth, alert), 412, "precondition_failed")
    done = await confirm(world.ruth, now)
    assert (done.status_code, done.json()["unconfirmed"]) == (200, False)
    moves = (await world.tessa.get(f"/v1/alerts/{alert['id']}/transitions")).json()["items"]
    assert (moves[-1]["to_status"], moves[-1]["reason"]) == (
        "active",
        "The dog is kept there still.",
    )


async def test_an_alert_that_has_ended_needs_no_confirmation(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, subject=the_house(family))
    await move(world.amina, family)
    now = await read(world.ruth, alert)
    ended = await on_alert(world.ruth, now, "withdraw", {"reason": "Nobody lives there."})
    problem(await confirm(world.ruth, ended.json()), 409, "conflict")
    await move(world.amina, family)
    assert (await read(world.ruth, alert))["version"] == ended.json()["version"]


async def test_an_outsider_cannot_note_a_move(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, subject=the_house(family))
    answer = await world.probation_system.post(f"/v1/families/{family['id']}/addresses", NEW_HOME)
    assert answer.status_code == 404
    assert (await read(world.ruth, alert))["unconfirmed"] is False
