"""An alert on premises must be confirmed again when the family has moved, and says so."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.worker import pass_all_deadlines
from tests.governing import audited_about, on_alert, ratified, read
from tests.involving import bookmarks, heard, problem
from tests.world import Caller, World, etag, publish, register, shared_family

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


async def leave_home(who: Caller, family: dict[str, Any], until: str) -> None:
    path = f"/v1/families/{family['id']}"
    now = (await who.get(path)).json()
    path += f"/addresses/{family['addresses'][0]['id']}/end"
    answer = await who.post(path, {"until_date": until}, headers=etag(now))
    assert answer.status_code == 200, answer.text


async def test_a_move_known_ahead_asks_for_confirmation_once_the_family_has_left(
    world: World,
) -> None:
    family = await shared_family(world)
    await leave_home(world.amina, await register(world), "2026-11-25")  # nothing on premises there
    named = {
        "kind": "agencies",
        "agencies": [{"agency_id": str(world.agencies["school"].id), "reason": "Sees the child"}],
    }
    alert = await ratified(world, family, subject=the_house(family), audience=named)
    marks = await bookmarks(world)
    await leave_home(world.jonas, family, "2026-11-25")
    assert (await read(world.ruth, alert))["unconfirmed"] is False
    for days, times in ((2, 0), (1, 1), (1, 1)):
        world.clock.advance(timedelta(days=days))
        await pass_all_deadlines(world.worker)
        told = await heard(world, marks, alert["id"])
        asked = {kind: types.count("alert.confirmation_due") for kind, types in told.items()}
        assert all(asked[kind] == times for kind in asked)
        assert set(asked) <= {"health_visiting", "school"}
        assert times == 0 or len(asked) == 2
    now = await read(world.tessa, alert)
    assert (now["unconfirmed"], now["version"]) == (True, alert["version"] + 1)


async def test_where_the_family_lived_once_is_no_move(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family, subject=the_house(family))
    once = {**NEW_HOME, "from_date": "2010-01-01", "until_date": "2012-01-01"}
    path = f"/v1/families/{family['id']}/addresses"
    assert (await world.tessa.post(path, once)).status_code == 201
    assert (await read(world.ruth, alert))["unconfirmed"] is False
    for_a_time = {**NEW_HOME, "until_date": "2026-12-01"}
    assert (await world.tessa.post(path, for_a_time)).status_code == 201
    assert (await read(world.ruth, alert))["unconfirmed"] is True
    now = await read(world.ruth, alert)
    assert (await confirm(world.ruth, now)).status_code == 200
    world.clock.advance(timedelta(days=9))  # and back home again
    await pass_all_deadlines(world.worker)
    assert (await read(world.ruth, alert))["unconfirmed"] is True


async def test_an_outsider_cannot_note_a_move(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, subject=the_house(family))
    answer = await world.probation_system.post(f"/v1/families/{family['id']}/addresses", NEW_HOME)
    assert answer.status_code == 404
    assert (await read(world.ruth, alert))["unconfirmed"] is False
