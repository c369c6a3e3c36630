"""Accesses: who read what on a family and why, of what the reader may read."""

import json
from datetime import timedelta
from typing import Any

import pytest

from api.foundation.ids import new_id
from tests.breaking import opened
from tests.governing import challenge
from tests.involving import PRACTITIONER, acknowledge, joining, leave, problem, token_for
from tests.merging import decided, proposed, two_records
from tests.world import Caller, World, join, publish, random_name, register, shared_family

pytestmark = pytest.mark.anyio


async def accesses(who: Caller, family: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    """All of them, newest first, page by page."""
    read: list[dict[str, Any]] = []
    following: str | None = f"/v1/families/{family['id']}/accesses"
    while following is not None:
        answer = await who.get(following, params=asked)
        assert answer.status_code == 200, answer.text
        read += answer.json()["items"]
        asked, following = {}, answer.links.get("next", {}).get("url")
    return read


async def look_up(who: Caller, *families: dict[str, Any]) -> None:
    entries = [{"family_id": each["id"]} for each in families]
    answer = await who.post("/v1/banners/lookup", {"entries": entries})
    assert answer.status_code == 200, answer.text


def who_and_what(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["agency"]["name"], each["action"]) for each in items]


async def named(world: World, family: dict[str, Any]) -> dict[str, Any]:
    """An alert of health visiting that the police alone shares."""
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    return await publish(world, family, audience={"kind": "agencies", "agencies": [police]})


async def test_every_read_is_shown_with_who_and_why(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    world.clock.advance(timedelta(minutes=1))
    assert (await world.jonas.get(f"/v1/alerts/{alert['id']}")).status_code == 200
    world.clock.advance(timedelta(minutes=1))
    assert (await world.school_system.get(f"/v1/families/{family['id']}/banner")).status_code == 200
    by_school, by_police, *_ = await accesses(world.amina, family)
    assert by_police == {
        "at": by_police["at"],
        "action": "alert.read",
        "resource": {"type": "alert", "id": alert["id"], "url": f"/v1/alerts/{alert['id']}"},
        "agency": {"id": str(world.agencies["police"].id), "name": "police agency"},
        "client": "Case system",
        "practitioner": {"name": "Jonas", "job_title": "practitioner"},
        "reason": "Works with the family",
        "break_glass": False,
    }
    assert by_school["practitioner"] is None
    assert by_school["resource"] == {
        "type": "family",
        "id": family["id"],
        "url": f"/v1/families/{family['id']}",
    }
    assert (by_school["client"], by_school["action"]) == ("Case system", "banner.read")


async def test_what_was_done_is_no_access_and_details_are_never_shown(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await acknowledge(alert, world.police_system)).status_code == 201
    assert (await world.tessa.get(f"/v1/families/{family['id']}/alerts")).status_code == 200
    items = await accesses(world.amina, family)
    done = {each["action"] for each in items}
    assert not done & {"alert.published", "alert.acknowledged"}
    assert ("school agency", "alerts.listed") in who_and_what(items)
    assert not any("details" in each for each in items)


async def test_an_access_to_what_is_not_shared_is_hidden_also_in_number(world: World) -> None:
    family = await shared_family(world)
    before = await accesses(world.tessa, family)
    alert = await named(world, family)
    for path in ("", "/transitions", "/acknowledgements"):
        assert (await world.jonas.get(f"/v1/alerts/{alert['id']}{path}")).status_code == 200
    own_look, *after = await accesses(world.tessa, family)
    assert (own_look["agency"]["name"], own_look["action"]) == ("school agency", "accesses.read")
    assert after == before
    shown = [
        each for each in await accesses(world.amina, family) if each["resource"]["type"] == "alert"
    ]
    assert [each["resource"]["id"] for each in shown] == [alert["id"]] * 3


async def test_a_lookup_of_many_is_an_access_to_each_that_it_found(world: World) -> None:
    one, other = await shared_family(world), await shared_family(world)
    await named(world, one)
    await look_up(world.jonas, one, other)
    for family in (one, other):
        items = await accesses(world.tessa, family)
        found = [each for each in items if each["action"] == "banners.looked_up"]
        assert [(each["agency"]["name"], each["resource"]["id"]) for each in found] == [
            ("police agency", family["id"])
        ]
        assert found[0]["practitioner"]["name"] == "Jonas"
        assert found[0]["reason"] == "Works with the family"
    third = await register(world)
    await look_up(world.jonas, third)
    assert "banners.looked_up" not in [
        each["action"] for each in await accesses(world.amina, third)
    ]


async def listed(world: World, *families: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """What the school sees of reads that are in no entry of the family's own."""
    shown = [who_and_what(await accesses(world.tessa, each)) for each in families]
    cross = {"alerts.listed", "challenges.listed", "banner.read", "banners.looked_up"}
    return [[each for each in items if each[1] in cross] for items in shown]


async def test_a_list_of_all_families_is_an_access_to_each_that_it_shows(world: World) -> None:
    one, other, bare = [await shared_family(world) for _ in range(3)]
    for family in (one, one, other):
        await publish(world, family)
    assert (await world.jonas.get("/v1/alerts")).status_code == 200
    assert await listed(world, one, other, bare) == [
        [("police agency", "alerts.listed")],
        [("police agency", "alerts.listed")],
        [],
    ]
    item = next(
        each for each in await accesses(world.amina, one) if each["action"] == "alerts.listed"
    )
    assert item["resource"] == {
        "type": "family",
        "id": one["id"],
        "url": f"/v1/families/{one['id']}",
    }
    assert (item["practitioner"]["name"], item["break_glass"]) == ("Jonas", False)
    assert item["reason"] == "Works with the family"


async def test_a_list_that_shows_only_what_is_not_shared_is_no_access_for_others(
    world: World,
) -> None:
    family = await shared_family(world)
    alert = await named(world, family)
    assert (await challenge(world.jonas, alert)).status_code == 201
    for path in ("/v1/alerts", "/v1/challenges"):
        assert (await world.jonas.get(path)).status_code == 200
    assert await listed(world, family) == [[]]
    shown = who_and_what(await accesses(world.amina, family))
    assert ("police agency", "alerts.listed") in shown
    assert ("police agency", "challenges.listed") in shown


async def test_a_list_of_challenges_is_an_access_for_those_who_see_one_of_them(
    world: World,
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await challenge(world.jonas, alert)).status_code == 201
    assert (await world.ruth.get("/v1/challenges")).status_code == 200
    for who, seen in ((world.jonas, True), (world.amina, True), (world.tessa, False)):
        items = who_and_what(await accesses(who, family))
        assert (("health_visiting agency", "challenges.listed") in items) is seen


async def test_an_alert_of_another_record_in_a_banner_is_an_access_to_that_record(
    world: World,
) -> None:
    one, other = await two_records(world)
    await publish(world, other, world.owen, author=PRACTITIONER)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    path = f"/v1/families/{one['id']}/banner"
    before = who_and_what(await accesses(world.jonas, other))
    assert (await world.tessa.get(path)).status_code == 200
    await look_up(world.tessa, one)
    await look_up(world.tessa, one, other)
    seen = who_and_what(await accesses(world.jonas, other))
    assert sorted(seen) == sorted(
        [
            *before,
            ("police agency", "accesses.read"),  # to look before was one
            ("school agency", "banner.read"),
            *[("school agency", "banners.looked_up")] * 2,
        ]
    )


async def test_another_record_s_banner_under_break_glass_is_marked_where_it_was_what_let_in(
    world: World,
) -> None:
    one, other = await two_records(world)
    await publish(world, other, world.owen, author=PRACTITIONER)
    await decided(await proposed(one, other, world.ruth, "other"), "agree", world.nadia)
    path = f"/v1/families/{one['id']}/banner"
    for family in (one, other):
        await opened(world.lena, family)
    assert (await world.lena.get(path)).status_code == 200

    async def shown() -> list[tuple[bool, str | None]]:
        items = await accesses(world.jonas, other)
        return [
            (each["break_glass"], each["reason"])
            for each in items
            if (each["agency"]["name"], each["action"]) == ("probation agency", "banner.read")
        ]

    assert await shown() == [(True, None)]
    world.clock.advance(timedelta(minutes=1))
    answer = await join(world, other, world.probation_system)
    assert answer.status_code == 201, answer.text
    world.clock.advance(timedelta(minutes=1))
    assert (await world.lena.get(path)).status_code == 200
    assert await shown() == [(False, "Works with the family"), (True, None)]


async def test_the_reason_is_that_of_the_involvement_at_the_time(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/banner"
    assert (await world.jonas.get(path)).status_code == 200
    world.clock.advance(timedelta(hours=1))
    assert (await leave(family, world.police_system)).status_code == 200
    world.clock.advance(timedelta(hours=1))
    ground = {"join_token": await token_for(family, world.police_system)}
    body = joining(ground, random_name()) | {"reason": "A new call-out"}
    answer = await world.police_system.post(f"/v1/families/{family['id']}/involvements", body)
    assert answer.status_code == 201, answer.text
    assert (await world.jonas.get(path)).status_code == 200
    items = await accesses(world.amina, family)
    reasons = [each["reason"] for each in items if each["action"] == "banner.read"]
    assert reasons == ["A new call-out", "Works with the family"]


async def test_a_read_under_break_glass_says_so_and_has_no_involvement(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    await superuser.execute(
        "INSERT INTO audit_entries (id, recorded_at, agency_id, client_id, action, outcome, "
        "family_id, resource_type, resource_id, details) "
        "VALUES ($1, $2, $3, $4, 'banner.read', 'allowed', $5, 'family', $5, $6)",
        new_id(),
        world.clock.now(),
        world.agencies["probation"].id,
        world.agencies["probation"].client_id,
        family["id"],
        json.dumps({"alerts": [], "break_glass": str(new_id())}),
    )
    [item] = [each for each in await accesses(world.amina, family) if each["break_glass"]]
    assert (item["agency"]["name"], item["reason"]) == ("probation agency", None)


async def test_a_refusal_and_what_nobody_registered_are_no_access(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    before = await accesses(world.amina, family)
    for outcome, kind in (("denied", "family"), ("allowed", "secret")):
        await superuser.execute(
            "INSERT INTO audit_entries (id, recorded_at, agency_id, client_id, action, outcome, "
            "family_id, resource_type, resource_id, details) "
            "VALUES ($1, $2, $3, $4, 'secret.read', $5, $6, $7, $6, '{}')",
            new_id(),
            world.clock.now(),
            world.agencies["police"].id,
            world.agencies["police"].client_id,
            outcome,
            family["id"],
            kind,
        )
    assert (await accesses(world.amina, family))[1:] == before


async def test_to_read_accesses_is_an_access(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await accesses(world.owen, family)
    assert ("school agency", "accesses.read") in who_and_what(await accesses(world.amina, family))
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert set(json.loads(entry["details"])) == {"count"}


async def test_pages_have_no_holes_and_no_doubles_while_others_read(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    for _ in range(3):  # all at one moment
        await look_up(world.jonas, family, other)
        await world.tessa.get(f"/v1/families/{family['id']}/banner")
    whole = await accesses(world.amina, family)
    read: list[dict[str, Any]] = []
    following: str | None = f"/v1/families/{family['id']}/accesses?limit=2"
    while following is not None:
        answer = await world.amina.get(following)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= 2
        read += answer.json()["items"]
        following = answer.links.get("next", {}).get("url")
        await look_up(world.jonas, family)
    assert read[1:] == whole  # the first is the look before


async def test_it_is_narrowed_by_time(world: World) -> None:
    family = await shared_family(world)
    path, moments = f"/v1/families/{family['id']}/banner", []
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        moments.append(world.clock.now().isoformat())
        await world.jonas.get(path)
        await look_up(world.jonas, family)

    async def count(**asked: str) -> int:
        items = await accesses(world.amina, family, **asked)
        return len([each for each in items if each["agency"]["name"] == "police agency"])

    assert await count(since=moments[0]) == 6
    assert await count(since=moments[1], until=moments[2]) == 2
    assert await count(since=moments[2], until=moments[1]) == 0


async def test_for_practitioners_managers_and_information_governance_of_those_involved(
    world: World,
) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/accesses"
    for who in (world.amina, world.ruth, world.owen):
        assert (await who.get(path)).status_code == 200
    for who in (world.health_visiting_system, world.ada):
        problem(await who.get(path), 403, "forbidden")
    problem(await world.lena.get(path), 404, "not_found")
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.jonas.get(path), 404, "not_found")
    assert (await world.http.get(path)).status_code == 401
