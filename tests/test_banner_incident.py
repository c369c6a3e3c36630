"""The last incident on the banner: the latest that the reader may read, and no other."""

import pytest

from tests.hostility import decide, record, shared_with
from tests.test_banner import banner
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio


async def test_the_banner_names_the_latest_incident_that_its_reader_may_read(world: World) -> None:
    family = await shared_family(world)
    older = await record(world, family, place="office", occurred_at="2026-11-02T09:00:00Z")
    newer = await record(world, family, occurred_at="2026-11-22T23:30:00Z", place="home_visit")
    await decide(older, world.amina, shared_with(world.police_system))
    shown = {who.name: await banner(who, family) for who in (world.amina, world.jonas, world.tessa)}
    assert shown["Tessa"]["last_incident"] is None
    assert shown["Jonas"]["last_incident"]["id"] == older["id"]
    assert shown["Jonas"]["last_incident"]["line"] == (
        "Last incident: 2 November 2026 (at an office). What was met: Shouting (actual)."
    )
    assert shown["Amina"]["last_incident"]["id"] == newer["id"]
    assert shown["Amina"]["level"] == "none"  # an incident is no alert


async def test_a_lookup_says_the_same(world: World) -> None:
    family, calm = await shared_family(world), await shared_family(world)
    incident = await record(world, family)
    body = {"entries": [{"family_id": each["id"]} for each in (calm, family)]}
    found = (await world.amina.post("/v1/banners/lookup", body)).json()["items"]
    assert [(each["last_incident"] or {}).get("id") for each in found] == [None, incident["id"]]
    elsewhere = (await world.jonas.post("/v1/banners/lookup", body)).json()["items"]
    assert [each["last_incident"] for each in elsewhere] == [None, None]


async def test_an_error_is_not_the_last_incident(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    path = f"/v1/incidents/{incident['id']}/enter-in-error"
    headers = {"If-Match": f'"{incident["version"]}"'}
    assert (await world.ruth.post(path, {"reason": "Wrong."}, headers=headers)).status_code == 200
    assert (await banner(world.amina, family))["last_incident"] is None
