"""Lists of alerts: what the caller may read, newest first, by filter and page by page."""

from typing import Any

import pytest

from tests.involving import joining, problem, ratify, token_for, withdraw
from tests.world import Caller, World, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def listed(who: Caller, path: str, **query: Any) -> list[str]:
    """The ids of every page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await who.get(path, params={**query, **cursor})
        assert page.status_code == 200, page.text
        found += [each["id"] for each in page.json()["items"]]
        if page.json()["next"] is None:
            assert "Link" not in page.headers
            return found
        assert 'rel="next"' in page.headers["Link"]
        cursor = {"cursor": page.json()["next"]}


async def test_a_family_s_alerts_are_listed_newest_first_ended_ones_included(
    world: World,
) -> None:
    family = await shared_family(world)
    alerts = [await publish(world, family) for _ in range(4)]
    assert (await withdraw(alerts[1], world.ruth)).status_code == 200
    assert (await ratify(alerts[2], world.ruth)).status_code == 200
    newest_first = [each["id"] for each in reversed(alerts)]
    path = f"/v1/families/{family['id']}/alerts"
    assert await listed(world.police_system, path) == newest_first
    assert await listed(world.police_system, path, limit=1) == newest_first
    assert await listed(world.tessa, path, status="active") == [alerts[2]["id"]]
    chosen = await listed(world.tessa, path, status=["active", "withdrawn"], limit=1)
    assert chosen == [alerts[2]["id"], alerts[1]["id"]]


async def test_an_item_of_a_list_is_the_alert_as_it_is_read(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    page = await world.tessa.get(f"/v1/families/{family['id']}/alerts")
    assert page.json()["items"] == [alert]


async def test_alerts_of_all_one_s_families_are_listed_and_no_others(world: World) -> None:
    own, foreign = await register(world), await shared_family(world)
    caution = await publish(world, own, severity="caution")
    danger = await publish(world, own, severity="immediate_danger")
    elsewhere = await publish(world, foreign)
    probation = world.probation_system
    ground = {"join_token": await token_for(own, probation)}
    path = f"/v1/families/{own['id']}/involvements"
    assert (await probation.post(path, joining(ground, "PRO-1"))).status_code == 201
    assert await listed(probation, "/v1/alerts") == [danger["id"], caution["id"]]
    assert await listed(probation, "/v1/alerts", severity="caution") == [caution["id"]]
    everything = await listed(world.amina, "/v1/alerts")
    assert {caution["id"], danger["id"], elsewhere["id"]} <= set(everything)


async def test_an_alert_for_others_is_in_no_list(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    named = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    path = f"/v1/families/{family['id']}/alerts"
    assert await listed(world.jonas, path) == await listed(world.amina, path) == [named["id"]]
    assert await listed(world.tessa, path) == []
    assert named["id"] not in await listed(world.tessa, "/v1/alerts")


async def test_a_list_of_a_family_one_may_not_read_is_not_found(world: World) -> None:
    family = await shared_family(world)
    answer = await world.lena.get(f"/v1/families/{family['id']}/alerts")
    problem(answer, 404, "not_found")


async def test_a_cursor_goes_with_its_caller_its_family_and_its_filter(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    for each in (family, family, other):
        await publish(world, each)
    path = f"/v1/families/{family['id']}/alerts"
    cursor = (await world.tessa.get(path, params={"limit": 1})).json()["next"]
    assert (await world.owen.get(path, params={"cursor": cursor})).status_code == 200
    for who, elsewhere, query in (
        (world.jonas, path, {}),
        (world.tessa, f"/v1/families/{other['id']}/alerts", {}),
        (world.tessa, "/v1/alerts", {}),
        (world.tessa, path, {"status": "active"}),
    ):
        answer = await who.get(elsewhere, params={"cursor": cursor, **query})
        problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize(
    "query", [{"status": "live"}, {"severity": "high"}, {"limit": 0}, {"cursor": "x" * 501}]
)
async def test_a_filter_that_is_none_is_refused(world: World, query: dict[str, Any]) -> None:
    problem(await world.tessa.get("/v1/alerts", params=query), 400, "bad_request")


async def test_what_a_list_showed_is_in_the_audit(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await listed(world.tessa, f"/v1/families/{family['id']}/alerts")
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert (entry["action"], str(entry["family_id"])) == ("alerts.listed", family["id"])
    assert alert["id"] in entry["details"]
