"""The feed: an agency's inbox in order and without holes, with cursors, epochs and tombstones."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.leaving import leave, operate, withdraw
from tests.world import BASE_URL, Caller, World, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def page(who: Caller, **query: Any) -> dict[str, Any]:
    answer = await who.get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def end_of(who: Caller) -> str:
    """The cursor behind everything there is."""
    found = await page(who)
    while found["items"]:
        found = await page(who, after=found["next"])
    return str(found["next"])


def positions(found: dict[str, Any]) -> list[int]:
    return [each["data"]["position"] for each in found["items"]]


async def test_positions_run_from_one_without_a_hole(world: World) -> None:
    for _ in range(3):
        await publish(world, await shared_family(world))
    for who in (world.health_visiting_system, world.police_system, world.school_system):
        seen: list[int] = []
        cursor: dict[str, Any] = {}
        while found := positions(body := await page(who, limit=4, **cursor)):
            seen += found
            cursor = {"after": body["next"]}
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) >= 8


async def test_an_item_holds_ids_and_a_link_and_nothing_else(world: World) -> None:
    after = await end_of(world.police_system)
    family = await shared_family(world)
    alert = await publish(world, family)
    found = await page(world.police_system, after=after)
    item = found["items"][-1]
    assert item == {
        "type": "alert.published",
        "timestamp": world.clock.now().isoformat().replace("+00:00", "Z"),
        "data": {
            "event_id": item["data"]["event_id"],
            "epoch": found["epoch"],
            "position": item["data"]["position"],
            "priority": "urgent",
            "family_id": family["id"],
            "resource": {
                "type": "alert",
                "id": alert["id"],
                "version": 1,
                "url": f"http://doorstep.test/v1/alerts/{alert['id']}",
            },
        },
    }
    assert UUID(item["data"]["event_id"]).version == 7
    linked = await world.police_system.get(item["data"]["resource"]["url"])
    assert linked.json() == alert


async def test_a_page_goes_on_where_the_one_before_ended(world: World) -> None:
    start = await end_of(world.police_system)
    for _ in range(5):
        await publish(world, await shared_family(world))
    whole = positions(await page(world.police_system, after=start))
    seen: list[int] = []
    cursor = start
    for _ in whole:
        one = await page(world.police_system, after=cursor, limit=1)
        seen += positions(one)
        cursor = one["next"]
    assert seen == whole
    last = await page(world.police_system, after=cursor)
    assert (last["items"], last["next"]) == ([], cursor)


async def test_a_full_page_links_to_the_next_and_a_short_one_does_not(world: World) -> None:
    await publish(world, await shared_family(world))
    full = await world.police_system.get("/v1/events", params={"limit": 1})
    link = full.headers["link"]
    assert link.endswith('; rel="next"')
    followed = await world.police_system.get(link[1 : link.index(">")])
    assert positions(followed.json()) == [2]
    short = await world.police_system.get(
        "/v1/events", params={"after": await end_of(world.police_system)}
    )
    assert "link" not in short.headers


async def test_an_empty_page_gives_a_cursor_to_go_on_from(world: World) -> None:
    empty = await page(world.probation_system, after=await end_of(world.probation_system))
    assert empty["items"] == []
    await world.probation_system.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})
    found = await page(world.probation_system, after=empty["next"])
    assert [each["type"] for each in found["items"]] == ["webhook.created"]


async def test_a_position_with_its_epoch_serves_as_a_cursor(world: World) -> None:
    await publish(world, await shared_family(world))
    whole = await page(world.police_system)
    told = positions(whole)
    there = await page(world.police_system, position=told[2], epoch=whole["epoch"])
    assert positions(there) == told[3:]
    start = await page(world.police_system, position=0, epoch=whole["epoch"])
    assert positions(start) == told
    far = await page(world.police_system, position=2**62, epoch=whole["epoch"])
    assert far["items"] == []


async def test_a_position_of_another_epoch_is_gone(world: World) -> None:
    answer = await world.police_system.get(
        "/v1/events", params={"position": 1, "epoch": str(uuid4())}
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "epoch_mismatch")


async def test_a_cursor_from_before_a_restore_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = await end_of(world.police_system)
    monkeypatch.setattr(world.runtime, "epoch", uuid4())
    answer = await world.police_system.get("/v1/events", params={"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "epoch_mismatch")


async def test_the_epoch_is_the_databases_own(world: World, superuser: Any) -> None:
    found = await page(world.police_system)
    assert found["epoch"] == str(await superuser.fetchval("SELECT epoch FROM instance"))


async def test_a_cursor_of_another_agency_is_refused(world: World) -> None:
    cursor = await end_of(world.police_system)
    answer = await world.school_system.get("/v1/events", params={"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("damage", ["", "x", "nonsense", "é", "\x00", "a" * 500])
async def test_a_cursor_that_was_not_given_out_is_refused(world: World, damage: str) -> None:
    answer = await world.police_system.get("/v1/events", params={"after": damage})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_a_cursor_that_was_altered_is_refused(world: World) -> None:
    cursor = await end_of(world.police_system)
    for place in (0, len(cursor) // 2, len(cursor) - 2):
        other = "A" if cursor[place] != "A" else "B"
        altered = cursor[:place] + other + cursor[place + 1 :]
        answer = await world.police_system.get("/v1/events", params={"after": altered})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"position": 1},
        {"epoch": "EPOCH"},
        {"position": 1, "epoch": "EPOCH", "after": "CURSOR"},
        {"epoch": "EPOCH", "after": "CURSOR"},
        {"position": 1, "after": "CURSOR"},
        {"position": -1, "epoch": "EPOCH"},
        {"position": 2**63, "epoch": "EPOCH"},
        {"position": "one", "epoch": "EPOCH"},
        {"position": 1, "epoch": "x"},
        {"limit": 0},
        {"limit": 201},
        {"wait": -1},
        {"wait": 31},
        {"after": "a" * 501},
    ],
)
async def test_half_a_position_or_a_number_out_of_bounds_is_refused(
    world: World, query: dict[str, Any]
) -> None:
    found = await page(world.police_system)
    known = {"EPOCH": found["epoch"], "CURSOR": found["next"]}
    given = {name: known.get(value, value) for name, value in query.items()}
    answer = await world.police_system.get("/v1/events", params=given)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_what_may_no_longer_be_read_is_a_tombstone_in_its_place(world: World) -> None:
    start = await end_of(world.school_system)
    family = await shared_family(world)
    alert = await publish(world, family)
    before = await page(world.school_system, after=start)
    await leave(world.school_system, family)
    after = await page(world.school_system, after=start)
    told = positions(before)
    assert positions(after)[: len(told)] == told
    for item in after["items"][: len(told)]:
        assert item["type"] == "event.withheld"
        content = {item["data"][name] for name in ("event_id", "family_id", "resource")}
        assert content == {None}
    assert alert["id"] not in str(after)
    assert family["id"] not in str(after)


async def test_a_withdrawal_is_told_to_who_has_left_by_the_id_alone(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await leave(world.school_system, family)
    start = await end_of(world.school_system)
    await withdraw(world, alert)
    found = await page(world.school_system, after=start)
    assert [each["type"] for each in found["items"]] == ["alert.recalled"]
    data = found["items"][0]["data"]
    assert data["family_id"] is None
    url = f"{BASE_URL}/v1/recalls/{alert['id']}"
    assert data["resource"] == {"type": "alert", "id": alert["id"], "version": None, "url": url}


async def test_an_outsider_is_told_nothing(world: World) -> None:
    start = await end_of(world.probation_system)
    await publish(world, await shared_family(world))
    assert (await page(world.probation_system, after=start))["items"] == []


async def test_a_page_that_was_read_is_audited_and_an_empty_one_is_not(
    world: World, superuser: Any
) -> None:
    start = await end_of(world.health_visiting_system)
    await register(world)
    query = "SELECT details FROM audit_entries WHERE action = 'events.read' ORDER BY id"
    before = len(await superuser.fetch(query))
    found = await page(world.health_visiting_system, after=start)
    await page(world.health_visiting_system, after=found["next"])
    entries = await superuser.fetch(query)
    assert len(entries) == before + 1
    told = positions(found)
    assert entries[-1]["details"] == f'{{"to": {told[-1]}, "from": {told[0]}}}'


async def test_who_may_not_read_the_feed_is_refused(world: World) -> None:
    assert (await world.http.get("/v1/events")).status_code == 401
    assert (await world.ada.get("/v1/events")).status_code == 403
    assert (await world.tessa.get("/v1/events")).status_code == 200


async def test_a_suspended_agency_reads_nothing_and_has_lost_nothing_afterwards(
    world: World,
) -> None:
    family = await shared_family(world)
    start = await end_of(world.school_system)
    await operate(world, "suspend", "school")
    alert = await publish(world, family)
    for query in ({"after": start}, {"after": start, "wait": 1}):
        answer = await world.school_system.get("/v1/events", params=query)
        assert answer.status_code == 401
    await operate(world, "reactivate", "school")
    found = await page(world.school_system, after=start)
    assert alert["id"] in [each["data"]["resource"]["id"] for each in found["items"]]
