"""Breaches of a written agreement: by any involved agency, with the incidents each reader reads."""

from typing import Any
from uuid import uuid4

import pytest

from tests.agreeing import (
    a_breach,
    an_incident,
    breach,
    breaches,
    content,
    done,
    drafted,
    end,
    give,
    in_force,
    parents,
    read,
    refused,
    review,
    sign,
)
from tests.involving import bookmarks, heard, leave, news, pointers, problem
from tests.world import World, key, shared_family

pytestmark = pytest.mark.anyio


async def test_any_involved_agency_records_one_and_all_are_told(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    marks = await bookmarks(world)
    made = done(await breach(world.jonas, now, consequence={"applied": "supervision_order"}))
    assert made["agency_id"] == str(world.jonas.agency.id)
    assert made["by"] == {"name": "Jonas", "job_title": "practitioner"}
    assert made["consequence"] == {"applied": "supervision_order", "why_not": None}
    assert (made["content_version"], made["incident_ids"]) == (1, [])
    told = {kind: ["agreement.breached"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, now["id"]) == told
    for who in (world.amina, world.jonas, world.owen):
        assert await breaches(who, now) == [made]
    assert await read(world.amina, now) == now


async def test_an_outsider_and_who_may_not_record_are_refused(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    problem(await breach(world.lena, now), 404, "not_found")
    path = f"/v1/agreements/{now['id']}/breaches"
    assert (await world.http.post(path, json=a_breach())).status_code == 401
    done(await leave(family, world.police_system))
    problem(await breach(world.jonas, now), 404, "not_found")


async def test_each_reader_sees_the_incidents_that_it_reads_and_no_trace_of_others(
    world: World,
) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    own = await an_incident(world, family, "police")
    shared = await an_incident(world, family, "police", "school")
    marks = await bookmarks(world)
    linked = [own, shared]
    made = done(await breach(world.jonas, now, incident_ids=linked))
    assert made["incident_ids"] == sorted(linked)
    for who, seen in ((world.jonas, linked), (world.tessa, [shared]), (world.amina, [])):
        [shown] = await breaches(who, now)
        assert shown["incident_ids"] == sorted(seen)
    told = await news(world.health_visiting_system, marks["health_visiting"])
    assert own not in str(told)
    chronology = await world.amina.get(f"/v1/families/{family['id']}/chronology")
    assert own not in chronology.text


async def test_the_audit_that_others_see_does_not_say_that_incidents_are_linked(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    own = await an_incident(world, family, "police")
    done(await breach(world.jonas, now, incident_ids=[own]))
    rows = await superuser.fetch(
        "SELECT details::text FROM audit_entries WHERE action = 'agreement.breached' "
        "AND resource_id = $1",
        now["id"],
    )
    assert [row["details"] for row in rows] == ["{}"]


async def test_an_incident_that_one_does_not_read_is_refused_as_one_that_is_not_there(
    world: World,
) -> None:
    family = await shared_family(world)
    other = await shared_family(world)
    now = await in_force(world, family)
    hidden = await an_incident(world, family, "school")
    elsewhere = await an_incident(world, other, "police")
    mistaken = await an_incident(world, family, "police", status="entered_in_error")
    own = await an_incident(world, family, "police")
    answers = set()
    for each in (str(uuid4()), hidden, elsewhere, mistaken):
        answer = await breach(world.jonas, now, incident_ids=[own, each])
        assert pointers(answer) == ["/incident_ids/1"]
        answers.add(answer.json()["errors"][0]["detail"])
    assert len(answers) == 1
    assert pointers(await breach(world.jonas, now, incident_ids=[own, own])) == ["/incident_ids/1"]
    assert await breaches(world.amina, now) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"occurred_on": "2026-11-24"}, "/occurred_on"),
        ({"occurred_on": "2026-11-20"}, "/occurred_on"),
        ({"behaviours": []}, "/behaviours"),
        ({"behaviours": [{}]}, "/behaviours/0"),
        ({"behaviours": [{"code": "racist_attitudes_or_remarks"}]}, "/behaviours/0/code"),
        ({"behaviours": [{"code": "shouting"}, {"code": "shouting"}]}, "/behaviours/1/code"),
        ({"said": ""}, "/said"),
        ({"consequence": {}}, "/consequence"),
        ({"consequence": {"applied": "supervision_order", "why_not": "x"}}, "/consequence"),
        ({"consequence": {"applied": "steps_to_remove_child"}}, "/consequence/applied"),
        ({"incident_ids": ["1"]}, "/incident_ids/0"),
    ],
)
async def test_a_breach_is_of_what_was_agreed_since_it_was_signed(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    now = await in_force(world, await shared_family(world))
    assert pointers(await breach(world.jonas, now, **changes)) == [pointer]
    assert await breaches(world.jonas, now) == []


async def test_what_is_not_in_force_is_not_breached(world: World) -> None:
    family = await shared_family(world)
    over = done(await end(world.amina, await in_force(world, family)))
    for now, legal in (
        (await drafted(world, family), "change"),
        (await refused(world, family), "review"),
        (over, None),
    ):
        refusal = problem(await breach(world.jonas, now), 409, "conflict")
        assert refusal["agreement_status"] == now["status"]
        assert (legal in refusal["legal_acts"]) is (legal is not None)


async def test_a_breach_keeps_the_content_that_was_in_force_then(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    done(await breach(world.tessa, now))
    other = content(unacceptable_behaviours=[{"code": "throwing_things"}])
    now = done(await review(world.amina, now, outcome="change", content=other))
    now = done(await give(world.amina, now, parents(family)))
    now = done(await sign(world.amina, now, parents(family)))
    assert pointers(await breach(world.tessa, now)) == ["/behaviours/0/code"]
    done(await breach(world.tessa, now, behaviours=[{"code": "throwing_things"}]))
    assert [each["content_version"] for each in await breaches(world.amina, now)] == [2, 1]


async def test_the_same_request_twice_is_one_breach(world: World) -> None:
    now = await in_force(world, await shared_family(world))
    path, headers = f"/v1/agreements/{now['id']}/breaches", key()
    first = await world.jonas.post(path, a_breach(), headers=headers)
    second = await world.jonas.post(path, a_breach(), headers=headers)
    assert first.json() == second.json()
    assert len(await breaches(world.amina, now)) == 1
