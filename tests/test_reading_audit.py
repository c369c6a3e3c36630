"""Information governance reads what its own agency did, read and was refused."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.foundation.ids import new_id
from tests.involving import problem
from tests.tampering import seal_all
from tests.world import Caller, World, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def read(who: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = await who.get("/v1/audit", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def actions(entries: list[dict[str, Any]]) -> list[str]:
    return [each["action"] for each in entries]


def moment(world: World) -> str:
    return world.clock.now().isoformat()


async def id_of(world: World, superuser: Any, staff_id: str) -> str:
    found = await superuser.fetchval("SELECT id FROM practitioners WHERE staff_id = $1", staff_id)
    return str(found)


async def test_what_was_done_and_read_is_shown_with_who_did_it(
    world: World, superuser: Any
) -> None:
    alert = await publish(world, await shared_family(world))
    world.clock.advance(timedelta(seconds=1))
    answer = await world.tessa.get(f"/v1/alerts/{alert['id']}")
    [entry] = await read(world.owen, action="alert.read", resource_id=alert["id"])
    assert entry == {
        "id": entry["id"],
        "recorded_at": moment(world).replace("+00:00", "Z"),
        "action": "alert.read",
        "outcome": "allowed",
        "family_id": alert["family_id"],
        "request_id": answer.headers["X-Request-ID"],
        "details": {},
        "client": {"id": str(world.tessa.agency.client_id), "name": "Case system"},
        "practitioner": {
            "id": await id_of(world, superuser, "staff-tessa"),
            "name": "Tessa",
            "job_title": "practitioner",
        },
        "resource": {"type": "alert", "id": alert["id"], "version": 1},
        "seal_number": None,
    }


async def test_a_system_acts_without_a_practitioner(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    await world.school_system.get(f"/v1/alerts/{alert['id']}")
    [entry] = await read(world.owen, resource_id=alert["id"])
    assert entry["practitioner"] is None
    assert entry["client"]["name"] == "Case system"


async def test_what_was_refused_is_shown_with_the_route_that_was_asked(world: World) -> None:
    family = await register(world)
    refused = await world.tessa.get(f"/v1/families/{family['id']}")
    denied = await read(world.owen, outcome="denied")
    [entry] = [each for each in denied if each["request_id"] == refused.headers["X-Request-ID"]]
    assert entry["action"] == "GET /v1/families/{family_id}"
    assert entry["details"] == {"reason": "not_found"}
    assert (entry["family_id"], entry["resource"]) == (None, None)
    same = await read(world.owen, action="GET /v1/families/{family_id}")
    assert entry["id"] in {each["id"] for each in same}
    assert {each["outcome"] for each in denied} == {"denied"}
    allowed = await read(world.owen, outcome="allowed")
    assert {each["outcome"] for each in allowed} == {"allowed"}


async def test_no_agency_reads_what_another_did(world: World, superuser: Any) -> None:
    """Not even on a family that both are involved with."""
    family = await shared_family(world)
    await publish(world, family)
    mine = await read(world.owen)
    clients = {each["client"]["id"] for each in mine}
    assert clients == {str(world.owen.agency.client_id)}
    of_family = await read(world.owen, family_id=family["id"])
    assert {each["client"]["id"] for each in of_family} == clients
    others = await id_of(world, superuser, "staff-amina")
    assert await read(world.owen, practitioner_id=others) == []


async def test_another_policy_of_the_database_does_not_widen_it(
    world: World, superuser: Any
) -> None:
    before = await read(world.owen)
    await superuser.execute(
        "CREATE POLICY wider ON audit_entries FOR SELECT TO doorstep_api USING (true)"
    )
    try:
        found = await read(world.owen)
    finally:
        await superuser.execute("DROP POLICY wider ON audit_entries")
    assert len(found) == len(before) + 1
    assert {each["client"]["id"] for each in found} == {str(world.owen.agency.client_id)}


async def test_names_of_other_agencies_people_stay_out_of_it(world: World, superuser: Any) -> None:
    """Whatever an entry says: its ids are not bound to their tables."""
    foreign = await id_of(world, superuser, "staff-amina")
    client = world.amina.agency.client_id
    await superuser.execute(
        "INSERT INTO audit_entries (id, recorded_at, agency_id, client_id, practitioner_id, "
        "action, outcome, details) VALUES ($1, $2, $3, $4, $5, 'odd.one', 'allowed', '{}')",
        new_id(), world.clock.now(), world.owen.agency.id, client, foreign,
    )  # fmt: skip
    [entry] = await read(world.owen, action="odd.one")
    assert entry["practitioner"] == {"id": foreign, "name": None, "job_title": None}
    assert entry["client"] == {"id": str(client), "name": None}


async def test_who_may_read_it(world: World) -> None:
    for who in (world.tessa, world.school_system, world.ruth, world.jonas, world.ada):
        problem(await who.get("/v1/audit"), 403, "forbidden")
    assert (await world.http.get("/v1/audit")).status_code == 401


async def test_reading_it_is_an_entry_of_it(world: World) -> None:
    family = await register(world)
    asked = await world.owen.get(
        "/v1/audit", params={"family_id": family["id"], "action": ["alert.read", "family.read"]}
    )
    latest = (await read(world.owen, limit=1))[0]
    assert latest["request_id"] == asked.headers["X-Request-ID"]
    assert (latest["action"], latest["outcome"]) == ("audit.read", "allowed")
    assert latest["details"] == {"shown": 0, "family_id": family["id"], "action": 2}
    assert latest["family_id"] is None
    assert latest["practitioner"]["name"] == "Owen"


async def test_a_time_is_from_and_before(world: World) -> None:
    marks = []
    for _ in range(3):
        world.clock.advance(timedelta(minutes=1))
        marks.append(moment(world))
        await world.tessa.get("/v1/alerts")
    world.clock.advance(timedelta(minutes=1))
    wanted = {"action": "alerts.listed"}
    found = await read(world.owen, since=marks[1], **wanted)
    assert len(found) == 2
    found = await read(world.owen, since=marks[0], until=marks[2], **wanted)
    assert len(found) == 2
    assert await read(world.owen, since=moment(world), until=marks[0], **wanted) == []


async def test_filters_narrow_together(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    for who in (world.tessa, world.school_system):
        await who.get(f"/v1/alerts/{alert['id']}")
        await who.get(f"/v1/families/{family['id']}/banner")
    person = await id_of(world, superuser, "staff-tessa")
    one = await read(world.owen, family_id=family["id"], practitioner_id=person)
    assert sorted(actions(one)) == ["alert.read", "banner.read"]
    both = await read(world.owen, family_id=family["id"], action=["alert.read", "banner.read"])
    assert len(both) == 4
    one = await read(
        world.owen, family_id=family["id"], practitioner_id=person, action="alert.read"
    )
    assert actions(one) == ["alert.read"]
    assert await read(world.owen, resource_id=alert["id"], outcome="denied") == []


async def test_what_was_done_under_a_break_glass_is_found_by_its_mark(
    world: World, superuser: Any
) -> None:
    marked = new_id()
    await superuser.execute(
        "INSERT INTO audit_entries (id, recorded_at, agency_id, action, outcome, details) "
        "VALUES ($1, $2, $3, 'alert.read', 'allowed', $4)",
        marked, world.clock.now(), world.owen.agency.id,
        json.dumps({"break_glass": str(new_id())}),
    )  # fmt: skip
    [entry] = await read(world.owen, break_glass="true")
    assert entry["id"] == str(marked)
    assert (entry["client"], entry["practitioner"]) == (None, None)
    unmarked = await read(world.owen, break_glass="false")
    assert unmarked != []
    assert str(marked) not in {each["id"] for each in unmarked}


async def test_a_sealed_entry_has_its_number(world: World, superuser: Any) -> None:
    await world.tessa.get("/v1/alerts")
    await seal_all(world)
    [entry] = await read(world.owen, limit=1)
    number = await superuser.fetchval(
        "SELECT number FROM audit_seals WHERE entry_id = $1", entry["id"]
    )
    assert entry["seal_number"] == number


async def test_pages_follow_each_other_newest_first_without_a_hole(world: World) -> None:
    for _ in range(7):
        await world.tessa.get("/v1/alerts")  # at the same moment: told apart by their ids
    whole = await read(world.owen, action="alerts.listed")
    times = [(each["recorded_at"], each["id"]) for each in whole]
    assert times == sorted(times, reverse=True)
    found: list[Any] = []
    path: str | None = "/v1/audit?action=alerts.listed&limit=3"
    while path is not None:
        page = await world.owen.get(path)
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        path = page.links["next"]["url"] if page.json()["next"] else None
    assert found == whole
    assert len(found) >= 7


async def test_a_cursor_belongs_to_its_filters(world: World) -> None:
    page = await world.owen.get("/v1/audit", params={"limit": 1, "break_glass": "false"})
    cursor = page.json()["next"]
    assert cursor is not None
    same = {"limit": 1, "break_glass": "false", "cursor": cursor}
    assert (await world.owen.get("/v1/audit", params=same)).status_code == 200
    for other in ({"outcome": "allowed"}, {"break_glass": "true"}, {}):
        answer = await world.owen.get("/v1/audit", params={"cursor": cursor, **other})
        problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"until": "2026-11-24"},
        {"practitioner_id": "1"},
        {"outcome": "maybe"},
        {"break_glass": "perhaps"},
        {"action": "Somebody's name"},
        {"action": "GET /v1/alerts?x=1"},
        {"action": ["alert.read"] * 21},
    ],
)
async def test_what_is_no_filter_is_a_bad_request(world: World, query: Any) -> None:
    problem(await world.owen.get("/v1/audit", params=query), 400, "bad_request")


async def test_it_holds_no_word_about_a_family(world: World) -> None:
    """All that an agency did with a family, and not one of the words that were written."""
    family = await shared_family(world)
    alert = await publish(world, family, world.tessa)
    for path in (f"/v1/families/{family['id']}", f"/v1/alerts/{alert['id']}"):
        assert (await world.tessa.get(path)).status_code == 200
    shown: httpx.Response = await world.owen.get("/v1/audit", params={"limit": 200})
    assert shown.status_code == 200, shown.text
    assert {"alert.read", "alert.published"} <= {each["action"] for each in shown.json()["items"]}
    for word in ("Okafor", "Maya", "Daniel", "Fish Dock", "DN31", "Shouted", "1990-01-15"):
        assert word not in shown.text
