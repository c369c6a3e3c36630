"""The chronology: what happened on a family, of what the reader may read, in time order."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from api.access.roles import MATRIX, Permission
from api.alerts.deadlines import pass_deadlines
from api.overview.chronology.queries import SOURCES, TYPES
from tests.involving import (
    acknowledge,
    an_adult,
    involvement_of,
    leave,
    problem,
    ratify,
    withdraw,
)
from tests.merging import decided, merged
from tests.world import Caller, World, etag, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def page(who: Caller, family: dict[str, Any], **asked: Any) -> dict[str, Any]:
    answer = await who.get(f"/v1/families/{family['id']}/chronology", params=asked)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def entries(who: Caller, family: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await page(who, family, limit=200, **asked))["items"]
    return items


def types(items: list[dict[str, Any]]) -> list[str]:
    return [each["type"] for each in items]


async def contest(world: World, family: dict[str, Any], outcome: str) -> None:
    """Police doubts the school; health visiting, which leads, decides."""
    other = await involvement_of(family, world.school_system, world.jonas)
    base = f"/v1/families/{family['id']}"
    path = f"{base}/involvements/{other['id']}/contests"
    made = await world.jonas.post(path, {"reason": "Knows nobody of them"})
    assert made.status_code == 201, made.text
    world.clock.advance(timedelta(minutes=1))
    body = {"outcome": outcome, "reason": "Teaches the child"}
    decided = await world.ruth.post(f"{base}/contests/{made.json()['id']}/decision", body)
    assert decided.status_code == 200, decided.text


async def test_the_whole_story_is_told_newest_first(world: World) -> None:
    family = await register(world)
    world.clock.advance(timedelta(minutes=1))
    for who in (world.police_system, world.school_system):
        assert (await join(world, family, who)).status_code == 201
        world.clock.advance(timedelta(minutes=1))
    alert = await publish(world, family)
    world.clock.advance(timedelta(minutes=1))
    assert (await acknowledge(alert, world.police_system)).status_code == 201
    world.clock.advance(timedelta(minutes=1))
    ratified = (await ratify(alert, world.ruth)).json()
    world.clock.advance(timedelta(minutes=1))
    await contest(world, family, "dismissed")
    world.clock.advance(timedelta(minutes=1))
    added = await world.jonas.post(f"/v1/families/{family['id']}/members", an_adult())
    assert added.status_code == 201, added.text
    world.clock.advance(timedelta(minutes=1))
    assert (await withdraw(ratified, world.ruth, "The dog was rehomed")).status_code == 200
    world.clock.advance(timedelta(minutes=1))
    assert (await leave(family, world.police_system)).status_code == 200
    told = await entries(world.amina, family)
    assert types(told) == [
        "family.agency_left",
        "alert.withdrawn",
        "family.member_added",
        "family.contest_dismissed",
        "family.involvement_contested",
        "alert.ratified",
        "alert.acknowledged",
        "alert.published",
        "family.agency_joined",
        "family.agency_joined",
        "family.address_added",
        "family.member_added",
        "family.member_added",
        "family.agency_joined",
        "family.registered",
    ]
    assert types(await entries(world.amina, family, order="asc")) == types(told)[::-1]
    by_type = {each["type"]: each for each in told}
    health_visiting, police = (
        str(world.agencies[each].id) for each in ("health_visiting", "police")
    )
    published, withdrawn = by_type["alert.published"], by_type["alert.withdrawn"]
    assert published["resource"] == {
        "type": "alert",
        "id": alert["id"],
        "url": f"/v1/alerts/{alert['id']}",
    }
    assert published["by"] == {"name": "Amina", "job_title": "practitioner"}
    assert (withdrawn["agency_id"], withdrawn["note"]) == (health_visiting, "The dog was rehomed")
    assert withdrawn["by"] == {"name": "Ruth", "job_title": None}
    left = by_type["family.agency_left"]
    assert (left["agency_id"], left["note"]) == (police, "The case is closed")
    assert by_type["family.involvement_contested"]["by"]["name"] == "Jonas"
    assert by_type["family.contest_dismissed"]["by"]["name"] == "Ruth"
    assert by_type["family.contest_dismissed"]["note"] == "Teaches the child"
    assert by_type["family.registered"]["agency_id"] == health_visiting
    assert by_type["family.member_added"]["by"] is None
    assert {each["family_id"] for each in told} == {family["id"]}


async def test_an_upheld_contest_and_the_end_of_the_involvement_are_told(world: World) -> None:
    family = await shared_family(world)
    await contest(world, family, "upheld")
    told = await entries(world.amina, family, type=["family.contest_upheld", "family.agency_left"])
    assert sorted(types(told)) == ["family.agency_left", "family.contest_upheld"]


async def test_an_address_ends_on_its_last_day_in_london(world: World) -> None:
    family = await register(world)
    address = family["addresses"][0]
    body = {"until_date": "2026-11-20"}
    path = f"/v1/families/{family['id']}/addresses/{address['id']}/end"
    ended = await world.amina.post(path, body, headers=etag(family))
    assert ended.status_code == 200, ended.text
    [entry] = await entries(world.amina, family, type="family.address_ended")
    assert (entry["at"], entry["resource"]["id"]) == ("2026-11-20T00:00:00Z", address["id"])


async def test_a_merge_made_and_undone_is_told_on_each_record_to_its_readers(
    world: World,
) -> None:
    one, other, merge = await merged(world)
    world.clock.advance(timedelta(minutes=1))
    await decided(merge, "undo", world.nadia)
    made = ["family.merge_undone", "family.merged"]
    for who, family in ((world.amina, one), (world.jonas, other), (world.tessa, other)):
        told = await entries(who, family, type=made)
        assert types(told) == made
        assert {each["resource"]["id"] for each in told} == {family["id"]}
        assert {(each["agency_id"], each["by"]) for each in told} == {(None, None)}


async def test_a_lapse_is_nobodys_act(world: World) -> None:
    family = await register(world)
    await publish(world, family)
    world.clock.advance(timedelta(days=5))
    await pass_deadlines(world.worker)
    [lapsed] = await entries(world.amina, family, type="alert.lapsed")
    assert (lapsed["agency_id"], lapsed["by"]) == (None, None)
    assert lapsed["note"] == "not ratified in time"


async def test_an_agency_outside_the_audience_sees_no_trace_of_an_alert(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    before = await page(world.tessa, family)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    audience = {"kind": "agencies", "agencies": [police]}
    alert = await publish(world, family, audience=audience)
    assert (await acknowledge(alert, world.police_system)).status_code == 201
    assert (await ratify(alert, world.ruth)).status_code == 200
    assert await page(world.tessa, family) == before
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert (entry["action"], json.loads(entry["details"])) == ("chronology.read", {"alerts": []})
    told = types(await entries(world.jonas, family))
    assert {"alert.published", "alert.acknowledged", "alert.ratified"} <= set(told)
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert json.loads(entry["details"]) == {"alerts": [alert["id"]]}


async def test_an_acknowledgement_is_told_to_its_agency_and_the_owner_alone(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await acknowledge(alert, world.police_system)).status_code == 201
    asked = {"type": "alert.acknowledged"}
    assert len(await entries(world.jonas, family, **asked)) == 1
    assert len(await entries(world.amina, family, **asked)) == 1
    assert await entries(world.tessa, family, **asked) == []


async def test_an_outsider_and_who_has_left_find_nothing(world: World) -> None:
    family = await shared_family(world)
    assert (await leave(family, world.police_system)).status_code == 200
    path = f"/v1/families/{family['id']}/chronology"
    for who in (world.lena, world.jonas):
        problem(await who.get(path), 404, "not_found")
    problem(await world.ada.get(path), 403, "forbidden")
    assert (await world.http.get(path)).status_code == 401


async def test_it_is_narrowed_by_time_from_the_first_moment_to_before_the_last(
    world: World,
) -> None:
    family = await register(world)
    moments = []
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        moments.append(world.clock.now().isoformat())
        await publish(world, family)

    async def count(**asked: str) -> int:
        return len(await entries(world.amina, family, type="alert.published", **asked))

    assert await count(since=moments[0]) == 3
    assert await count(since=moments[1]) == 2
    assert await count(until=moments[1]) == 1
    assert await count(since=moments[1], until=moments[2]) == 1
    assert await count(since=moments[2], until=moments[1]) == 0


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_have_no_holes_and_no_doubles_while_entries_are_added(
    world: World, order: str
) -> None:
    family = await shared_family(world)  # all at one moment
    await publish(world, family)
    whole = await entries(world.amina, family, order=order)
    read: list[dict[str, Any]] = []
    following: str | None = f"/v1/families/{family['id']}/chronology?limit=2&order={order}"
    for number in itertools.count():
        answer = await world.amina.get(following)
        assert answer.status_code == 200, answer.text
        read += answer.json()["items"]
        if number < 3:
            world.clock.advance(timedelta(minutes=1))
            await publish(world, family)
        if "next" not in answer.links:
            assert answer.json()["next"] is None
            break
        following = answer.links["next"]["url"]
    if order == "desc":
        assert read == whole
    else:
        assert read[: len(whole)] == whole
        assert types(read[len(whole) :]) == ["alert.published"] * 3


async def test_what_is_made_and_ended_in_one_moment_is_two_entries_across_pages(
    world: World,
) -> None:
    family = await shared_family(world)
    assert (await leave(family, world.police_system)).status_code == 200
    whole = await entries(world.amina, family)
    own = [each for each in whole if each["resource"]["type"] == "involvement"]
    assert len({(each["resource"]["id"], each["type"]) for each in own}) == len(own) == 4
    read, cursor = [], {}
    while True:
        one = await page(world.amina, family, limit=1, **cursor)
        read += one["items"]
        if one["next"] is None:
            break
        cursor = {"cursor": one["next"]}
    assert read == whole


async def test_a_cursor_leads_on_for_its_own_question_alone(world: World) -> None:
    family = await shared_family(world)
    cursor = (await page(world.amina, family, limit=1))["next"]
    path = f"/v1/families/{family['id']}/chronology"
    for asked in ({"order": "asc"}, {"type": "alert.published"}, {"since": "2026-11-23T00:00:00Z"}):
        answer = await world.amina.get(path, params={"cursor": cursor, **asked})
        problem(answer, 400, "invalid_cursor")
    problem(await world.jonas.get(path, params={"cursor": cursor}), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "asked",
    [{"type": "alert.guessed"}, {"order": "up"}, {"since": "2026-11-23"}, {"limit": 201}],
)
async def test_what_it_cannot_be_narrowed_by_is_refused(
    world: World, asked: dict[str, Any]
) -> None:
    family = await register(world)
    answer = await world.amina.get(f"/v1/families/{family['id']}/chronology", params=asked)
    problem(answer, 400, "bad_request")


def test_every_type_comes_of_one_source() -> None:
    assert len(TYPES) == sum(len(source.types) for source in SOURCES)


def test_who_reads_a_family_reads_its_alerts_too() -> None:
    for permissions in MATRIX.values():
        assert (Permission.FAMILY_READ in permissions) == (Permission.ALERT_READ in permissions)
