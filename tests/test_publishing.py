"""Publishing an alert: what the procedure allows, and each refusal at its own field."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.involving import a_child, bookmarks, heard, leave, news, pointers, problem, registered
from tests.world import Caller, World, an_alert, key, publish, register, shared_family

pytestmark = pytest.mark.anyio

FAMILY = """
{"members":[
   {"kind":"child","given_name":"Maya","family_name":"Okafor","birth_date":"2019-04-02",
    "identifiers":[{"system":"nhs_number","value":"9434765919"}]},
   {"kind":"adult","given_name":"Daniel","family_name":"Okafor","birth_date":"1990-01-15","relationship":"father"}],
 "addresses":[{"lines":["12 Fish Dock Road"],"postcode":"DN31 3NB"}],
 "involvement":{"local_id":"HV-00417","reason":"Universal health visiting",
                "practitioner":{"name":"Amina Patel","job_title":"health visitor"}}}
"""
JOINING = """
{"join_token":"%s","local_id":"POL-7731","reason":"Domestic abuse call-outs","practitioner":{"name":"PC J. Wood","job_title":"police officer"}}
"""  # noqa: E501 (as the issue spells it)
ALERT = """
{"subject":{"kind":"member","member_id":"%s"},"severity":"serious",
 "behaviours":[{"code":"shouting","manner":"actual"},{"code":"animals_as_threat","manner":"threatened","covert":true}],
 "circumstances":["alcohol"],"scope":"universal",
 "precautions":["joint_visit_with_other_agency","animals_secured_first"],
 "grounds":{"kind":"behaviour","basis":"fact","uncooperativeness_types":["confrontation"],"statement":"Shouted and set a dog towards the door on 12 November.","incident_ids":[]},
 "child_impact":{"known":true,"statement":"Maya hid upstairs throughout."},
 "review_due":"2027-02-01","expires_on":"2027-05-01",
 "audience":{"kind":"involved"},"author":{"staff_id":"staff-amina"}}
"""  # noqa: E501 (as the issue spells it)


async def published(
    family: dict[str, Any], who: Caller, headers: dict[str, str] | None = None, **changes: Any
) -> Any:
    path = f"/v1/families/{family['id']}/alerts"
    given = key() if headers is None else headers
    return await who.post(path, an_alert(family, **changes), headers=given)


def grounds(**changes: Any) -> dict[str, Any]:
    return {"grounds": {**BODY["grounds"], **changes}}


BODY = an_alert({"members": [{}, {"id": str(uuid4())}]})


async def test_the_exact_bodies_of_the_quickstart_are_accepted(world: World) -> None:
    sent = {"headers": {"Content-Type": "application/json"}}
    registering = world.health_visiting_system.request
    family = (await registering("POST", "/v1/families", content=FAMILY, **sent)).json()
    asked = {"members": [{"identifiers": [{"system": "nhs_number", "value": "9434765919"}]}]}
    found = await world.police_system.post("/v1/families/match", asked)
    token = found.json()["items"][0]["join_token"]
    path = f"/v1/families/{family['id']}"
    joined = await world.police_system.request(
        "POST", f"{path}/involvements", content=JOINING % token, **sent
    )
    assert joined.status_code == 201, joined.text
    keyed = {"headers": {**sent["headers"], **key()}}
    body = ALERT % family["members"][1]["id"]
    answer = await registering("POST", f"{path}/alerts", content=body, **keyed)
    assert answer.status_code == 201, answer.text
    alert = answer.json()
    assert alert["id"]
    assert (alert["status"], alert["version"]) == ("provisional", 1)
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/v1/alerts/{alert['id']}"
    given = json.loads(body)
    for name in ("severity", "circumstances", "scope", "precautions", "grounds", "child_impact"):
        assert alert[name] == given[name]
    assert [each["covert"] for each in alert["behaviours"]] == [False, True]
    assert alert["author"] == {"name": "Amina", "job_title": "practitioner"}
    assert (await world.police_system.get(f"/v1/alerts/{alert['id']}")).json() == alert


async def test_everybody_involved_is_told_also_the_publisher_and_nobody_else(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    alert = await publish(world, family)
    news_ = ["alert.published"]
    told = {"health_visiting": news_, "police": news_, "school": news_}
    assert await heard(world, marks, alert["id"]) == told


@pytest.mark.parametrize(
    ("severity", "priority"),
    [("caution", "routine"), ("serious", "urgent"), ("immediate_danger", "urgent")],
)
async def test_a_grave_alert_travels_as_urgent(world: World, severity: str, priority: str) -> None:
    family = await register(world)
    await publish(world, family, severity=severity)
    told = (await news(world.health_visiting_system))[-1]
    assert told["data"]["priority"] == priority


async def test_an_alert_for_named_agencies_reaches_them_and_the_publisher_only(
    world: World,
) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    assert alert["audience"] == {"kind": "agencies"}
    told = {"health_visiting": ["alert.published"], "police": ["alert.published"]}
    assert await heard(world, marks, alert["id"]) == told
    path = f"/v1/alerts/{alert['id']}"
    assert (await world.police_system.get(path)).status_code == 200
    assert (await world.health_visiting_system.get(path)).status_code == 200
    problem(await world.school_system.get(path), 404, "not_found")


async def test_a_named_agency_that_left_reads_no_more(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.police_system.get(f"/v1/alerts/{alert['id']}"), 404, "not_found")


async def test_a_named_audience_is_a_subset_of_those_involved(world: World) -> None:
    family = await shared_family(world)
    known = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    for wrong in (world.agencies["probation"].id, uuid4()):
        named = [known, {"agency_id": str(wrong), "reason": "Might"}]
        audience = {"kind": "agencies", "agencies": named}
        answer = await published(family, world.amina, audience=audience)
        assert pointers(answer) == ["/audience/agencies"]
        assert answer.json()["errors"][0]["code"] == "not_involved"
    twice = await published(
        family, world.amina, audience={"kind": "agencies", "agencies": [known, known]}
    )
    assert pointers(twice) == ["/audience/agencies"]


@pytest.mark.parametrize(
    ("audience", "pointer"),
    [
        ({"kind": "agencies", "agencies": []}, "/audience/agencies"),
        ({"kind": "agencies"}, "/audience"),
        ({"kind": "agencies", "agencies": None}, "/audience"),
        ({"kind": "involved", "agencies": []}, "/audience/agencies"),
        ({"kind": "everyone"}, "/audience/kind"),
        ({}, "/audience/kind"),
        (None, "/audience"),
    ],
)
async def test_an_empty_or_unclear_audience_is_never_everybody(
    world: World, audience: Any, pointer: str
) -> None:
    family = await register(world)
    assert pointers(await published(family, world.amina, audience=audience)) == [pointer]


async def test_a_recipient_needs_a_reason(world: World) -> None:
    family = await shared_family(world)
    unexplained = [{"agency_id": str(world.agencies["police"].id)}]
    audience = {"kind": "agencies", "agencies": unexplained}
    answer = await published(family, world.amina, audience=audience)
    assert pointers(answer) == ["/audience/agencies/0/reason"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        (grounds(kind="complaint"), "/grounds/kind"),
        (grounds(uncooperativeness_types=["ambivalence"]), "/grounds/uncooperativeness_types"),
        (grounds(incident_ids=[str(uuid4())]), "/grounds/incident_ids"),
        (grounds(statement="  "), "/grounds/statement"),
        (grounds(basis="rumour"), "/grounds/basis"),
        (grounds(uncooperativeness_types=["rude"]), "/grounds/uncooperativeness_types/0"),
        ({"behaviours": []}, "/behaviours"),
        ({"behaviours": [{"code": "rude", "manner": "actual"}]}, "/behaviours/0/code"),
        ({"behaviours": [{"code": "shouting", "manner": "veiled"}]}, "/behaviours/0/manner"),
        ({"behaviours": [{"code": "shouting"}]}, "/behaviours/0/manner"),
        ({"severity": "high"}, "/severity"),
        ({"scope": "all"}, "/scope"),
        ({"circumstances": ["full_moon"]}, "/circumstances/0"),
        ({"circumstances": ["alcohol", "alcohol"]}, ""),
        ({"precautions": []}, "/precautions"),
        ({"precautions": ["daylight_only", "daylight_only"]}, ""),
        ({"precautions": ["be_careful"]}, "/precautions/0"),
        ({"precautions": ["other"]}, ""),
        ({"precaution_note": "Ring twice"}, ""),
        ({"child_impact": {"known": True}}, "/child_impact/statement"),
        ({"child_impact": {"known": "yes", "statement": "x"}}, "/child_impact/known"),
        ({"review_due": "2026-11-23"}, "/review_due"),
        ({"review_due": "2027-05-24"}, "/review_due"),
        ({"review_due": "2027-02-30"}, "/review_due"),
        ({"expires_on": "2027-01-31"}, "/expires_on"),
        ({"expires_on": "2027-11-24"}, "/expires_on"),
        ({"expires_on": None}, "/expires_on"),
        ({"author": None}, "/author"),
        ({"author": {"staff_id": "nobody"}}, "/author/staff_id"),
        ({"author": {"name": "Amina"}}, "/author"),
        ({"subject": {"kind": "family"}}, "/subject/kind"),
        ({"subject": {"kind": "member"}}, "/subject"),
        ({"subject": {"kind": "member", "member_id": str(uuid4())}}, "/subject"),
        ({"subject": {"kind": "premises", "address_id": str(uuid4())}}, "/subject"),
        ({"subject": {"kind": "premises", "description": "The yard"}}, "/subject"),
        ({"subject": {"kind": "animal"}}, "/subject"),
        (
            {"subject": {"kind": "animal", "description": "Dog", "member_id": str(uuid4())}},
            "/subject",
        ),
        ({"status": "active"}, "/status"),
    ],
)
async def test_what_the_procedure_does_not_allow_names_its_field(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    family = await register(world)
    answer = await published(family, world.health_visiting_system, **changes)
    assert pointers(answer) == [pointer]


@pytest.mark.parametrize(
    "changes",
    [
        {"review_due": "2027-05-23", "expires_on": "2027-11-23"},
        {"review_due": "2026-11-24", "expires_on": "2026-11-24"},
        {"precautions": ["other"], "precaution_note": "Ring twice and wait"},
        {"subject": {"kind": "animal", "description": "A large grey dog"}},
        {"subject": {"kind": "other_person", "description": "The uncle who visits"}},
        {"behaviours": [], **grounds(kind="concern")},
        {"author": {"name": "A. Patel", "job_title": "health visitor"}},
    ],
)
async def test_every_shape_the_procedure_knows_is_accepted(
    world: World, changes: dict[str, Any]
) -> None:
    family = await register(world)
    answer = await published(family, world.health_visiting_system, **changes)
    assert answer.status_code == 201, answer.text


async def test_an_alert_may_be_about_the_premises(world: World) -> None:
    family = await register(world)
    subject = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    alert = await publish(world, family, subject=subject)
    assert alert["subject"]["address_id"] == family["addresses"][0]["id"]


async def test_a_subject_is_on_that_family_s_own_record(world: World) -> None:
    family, other = await register(world), await register(world)
    for subject in (
        {"kind": "member", "member_id": other["members"][1]["id"]},
        {"kind": "premises", "address_id": other["addresses"][0]["id"]},
    ):
        assert pointers(await published(family, world.amina, subject=subject)) == ["/subject"]


async def test_a_person_s_token_is_the_author_whatever_the_body_says(world: World) -> None:
    family = await register(world)
    alert = (await published(family, world.ruth, author={"staff_id": "staff-amina"})).json()
    assert alert["author"]["name"] == "Ruth"


async def test_publishing_needs_an_idempotency_key_and_gives_one_alert_for_it(
    world: World,
) -> None:
    family = await register(world)
    refused = await published(family, world.amina, headers={})
    problem(refused, 400, "idempotency_key_missing")
    once = key()
    first = await published(family, world.amina, headers=once)
    again = await published(family, world.amina, headers=once)
    assert (again.status_code, again.content) == (201, first.content)
    listed = await world.amina.get(f"/v1/families/{family['id']}/alerts")
    assert [each["id"] for each in listed.json()["items"]] == [first.json()["id"]]


async def test_only_the_involved_publish(world: World) -> None:
    family = await shared_family(world)
    problem(await published(family, world.victor), 404, "not_found")
    await registered(world.lena, a_child())
    problem(await published(family, world.probation_system), 404, "not_found")
    problem(await published({**family, "id": str(uuid4())}, world.amina), 404, "not_found")
