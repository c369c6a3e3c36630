"""Recording an incident: one call, and what it must not say."""

from datetime import timedelta
from typing import Any

import pytest

from tests.hostility import an_incident, correct, decisions_of, record, try_to_record
from tests.involving import bookmark, news, pointers, problem, types
from tests.world import World, key, register, shared_family

pytestmark = pytest.mark.anyio


async def test_one_call_records_it_and_opens_a_decision_for_everybody_else(world: World) -> None:
    family = await shared_family(world)
    asked = (world.health_visiting_system, world.police_system)
    marks = [await bookmark(who) for who in asked]
    incident = await record(world, family)
    assert incident["status"] == "open"
    assert incident["recorder"] == {"name": "Amina", "job_title": "practitioner"}
    assert incident["towards"][0]["agency_id"] == str(world.agencies["health_visiting"].id)
    assert [each["part"] for each in incident["outstanding"]][:3] == [
        "place", "what_happened", "child",
    ]  # fmt: skip
    decisions = await decisions_of(incident, world.amina)
    assert {each["agency_id"] for each in decisions["items"]} == {
        str(world.agencies["police"].id), str(world.agencies["school"].id),
    }  # fmt: skip
    assert {each["outcome"] for each in decisions["items"]} == {"undecided"}
    heard = [types(await news(who, mark)) for who, mark in zip(asked, marks, strict=True)]
    assert heard == [["incident.recorded"], []]


async def test_nobody_else_reads_it_before_it_is_shared(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    for who in (world.police_system, world.lena):
        problem(await who.get(f"/v1/incidents/{incident['id']}"), 404, "not_found")
    listed = await world.police_system.get(f"/v1/families/{family['id']}/incidents")
    assert listed.json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"occurred_at": "2027-01-01T00:00:00Z"}, "/occurred_at"),
        ({"left_at": "2026-11-20T10:00:00Z"}, "/left_at"),
        ({"manager_told_at": "2027-11-20T10:00:00Z"}, "/manager_told_at"),
        ({"behaviours": []}, "/behaviours"),
        ({"behaviours": [], "uncooperativeness_types": ["violence"]}, "/behaviours"),
        (
            {"behaviours": [], "uncooperativeness_types": ["ambivalence"]},
            "/uncooperativeness_types",
        ),
        (
            {"behaviours": [], "what_happened": "Words.", "hate_elements": ["race"]},
            "/hate_elements",
        ),
        ({"circumstances": ["none_specific", "alcohol"]}, "/circumstances"),
        ({"circumstances": ["alcohol", "alcohol"]}, ""),
        ({"place": "the_moon"}, "/place"),
        ({"behaviours": [{"code": "spitting", "manner": "actual"}]}, "/behaviours/0/code"),
        ({"place": "telephone", "left_at": "2026-11-23T08:30:00Z"}, "/left_at"),
        ({"behaved": [{"kind": "animal"}]}, "/behaved/0"),
        (
            {"towards": [{"role": "x", "agency_id": f"{0:08d}-0000-4000-8000-{0:012d}"}]},
            "/towards/0/agency_id",
        ),
        ({"child": {"known": True}}, "/child"),
        ({"child": {"known": False, "present": True, "statement": "x"}}, "/child"),
        ({"police": {"told": True}}, "/police"),
        ({"injury": {"injured": True}}, "/injury"),
        ({"debrief": {"offered": False, "held_on": "2026-11-23"}}, "/debrief"),
        ({"debrief": {"offered": True, "held_on": "2026-11-20"}}, "/debrief/held_on"),
        (
            {
                "debrief": {
                    "offered": True,
                    "held_on": "2026-11-23",
                    "agency_ids": [f"{0:08d}-0000-4000-8000-{0:012d}"],
                }
            },
            "/debrief/agency_ids/0",
        ),
        (
            {
                "child": {
                    "known": True,
                    "present": True,
                    "heard": True,
                    "responses": ["hostage_like", "hostage_like"],
                }
            },
            "/child",
        ),
        ({"reasons": [{"code": "privacy_invaded", "asserted_by": "family"}] * 2}, ""),
        ({"recorder": None}, "/recorder"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    family = await register(world)
    assert pointers(await try_to_record(world, family, **changes)) == [pointer]
    listed = await world.amina.get(f"/v1/families/{family['id']}/incidents")
    assert listed.json()["items"] == []


async def test_a_member_of_another_family_did_not_do_it(world: World) -> None:
    family, other = await register(world), await register(world)
    behaved = an_incident(other)["behaved"]
    refused = await try_to_record(world, family, behaved=behaved)
    assert pointers(refused) == ["/behaved/0/member_id"]


async def test_recording_needs_an_idempotency_key_and_repeats_its_answer(world: World) -> None:
    family = await register(world)
    path, body = f"/v1/families/{family['id']}/incidents", an_incident(family)
    problem(await world.amina.post(path, body), 400, "idempotency_key_missing")
    once = key()
    first = await world.amina.post(path, body, headers=once)
    again = await world.amina.post(path, body, headers=once)
    assert (first.status_code, again.json()) == (201, first.json())


async def test_a_late_entry_is_marked(world: World) -> None:
    family = await register(world)
    now = world.clock.now()
    times = {
        hours: (now - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
        for hours in (24, 25)
    }
    late = {
        hours: (await record(world, family, occurred_at=moment))["late"]
        for hours, moment in times.items()
    }
    assert late == {24: False, 25: True}


async def test_what_is_added_is_no_longer_outstanding_and_every_version_is_kept(
    world: World,
) -> None:
    family = await register(world)
    incident = await record(world, family)
    added = {
        "what_happened": "Shouted through the door.",
        "child": {"known": True, "present": True, "heard": True, "responses": ["hostage_like"]},
    }
    now = (await correct(incident, world.amina, **added)).json()
    assert (now["version"], now["content_version"]) == (2, 2)
    parts = {each["part"] for each in now["outstanding"]}
    assert not parts & {"what_happened", "child"}
    refused = await correct(now, world.amina, what_happened="Whispered.")
    assert pointers(refused) == ["/reason"]
    now = (await correct(now, world.amina, what_happened="Whispered.", reason="Misheard.")).json()
    listed = await world.amina.get(f"/v1/incidents/{incident['id']}/versions")
    told = [each["content"]["what_happened"] for each in listed.json()["items"]]
    assert told == [None, "Shouted through the door.", "Whispered."]


async def test_incidents_are_paged_latest_first_and_the_link_keeps_the_filters(
    world: World,
) -> None:
    family = await register(world)
    days = ("2026-11-20", "2026-11-21", "2026-11-22")
    made = [await record(world, family, occurred_at=f"{day}T09:00:00Z") for day in days]
    path = f"/v1/families/{family['id']}/incidents"
    given = {"limit": 1, "since": "2026-11-21T00:00:00Z", "status": "open"}
    page = await world.amina.get(path, params=given)
    found = [each["id"] for each in page.json()["items"]]
    following = page.headers["Link"].partition("<")[2].partition(">")[0]
    page = await world.amina.get(following)
    found += [each["id"] for each in page.json()["items"]]
    assert found == [made[2]["id"], made[1]["id"]]
    assert "Link" not in page.headers
