"""Agencies and what each manages of its own: who may, and what a wrong request is told."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.world import Caller, World, etag

pytestmark = pytest.mark.anyio

ANY_VERSION = {"If-Match": '"1"'}
PERSON = {"name": "Sam Reid", "job_title": "teacher", "roles": ["practitioner"]}

ENROL_ONLY = [
    ("POST", "/v1/agencies", {"kind": "gp", "name": "Refused Surgery"}),
    ("POST", "/v1/agencies/{agency}/suspend", None),
    ("POST", "/v1/agencies/{agency}/reactivate", None),
]
MANAGED = [
    ("PATCH", "/v1/agencies/{agency}", {"webhook_domains": []}),
    ("GET", "/v1/agencies/{agency}/clients", None),
    ("POST", "/v1/agencies/{agency}/clients", {"name": "Refused"}),
    ("POST", "/v1/agencies/{agency}/clients/{any}/rotate", None),
    ("POST", "/v1/agencies/{agency}/clients/{any}/revoke", None),
    ("GET", "/v1/agencies/{agency}/keys", None),
    ("POST", "/v1/agencies/{agency}/keys", {"kid": "k", "algorithm": "ES256", "public_jwk": {}}),
    ("POST", "/v1/agencies/{agency}/keys/{any}/revoke", None),
    ("GET", "/v1/agencies/{agency}/practitioners", None),
    ("POST", "/v1/agencies/{agency}/practitioners", {"staff_id": "refused", **PERSON}),
    ("PATCH", "/v1/agencies/{agency}/practitioners/{any}", {"status": "inactive"}),
]
READ = [("GET", "/v1/agencies", None), ("GET", "/v1/agencies/{agency}", None)]


@pytest.fixture(scope="module")
async def olga(world: World) -> Caller:
    """The administrator of another agency."""
    police = world.agencies["police"]
    body = {"staff_id": "staff-olga", **PERSON, "roles": ["agency_administrator"]}
    made = await world.ada.post(f"/v1/agencies/{police.id}/practitioners", body)
    assert made.status_code == 201, made.text
    return Caller(world, police, "staff-olga")


def school(world: World) -> str:
    return f"/v1/agencies/{world.agencies['school'].id}"


async def attempt(world: World, who: Caller | None, route: tuple[str, str, Any]) -> int:
    method, path, body = route
    path = path.format(agency=world.agencies["school"].id, any=uuid4())
    if who is None:
        answer = await world.http.request(method, path, json=body, headers=ANY_VERSION)
    else:
        answer = await who.request(method, path, json=body, headers=ANY_VERSION)
    return answer.status_code


@pytest.mark.parametrize("route", [*READ, *MANAGED, *ENROL_ONLY], ids=lambda each: each[:2])
async def test_nobody_gets_anywhere_without_a_token(world: World, route: Any) -> None:
    assert await attempt(world, None, route) == 401


@pytest.mark.parametrize("route", [*MANAGED, *ENROL_ONLY], ids=lambda each: each[:2])
async def test_other_roles_and_another_agency_s_administrator_are_refused(
    world: World, olga: Caller, route: Any
) -> None:
    for who in (world.tessa, world.school_system, world.operator_system, world.lena, olga):
        assert await attempt(world, who, route) == 403


@pytest.mark.parametrize("route", ENROL_ONLY, ids=lambda each: each[:2])
async def test_an_agency_s_own_administrator_neither_enrols_nor_suspends(
    world: World, route: Any
) -> None:
    assert await attempt(world, world.owen, route) == 403


async def test_a_refused_request_changes_nothing_and_is_in_the_audit(
    world: World, superuser: Any
) -> None:
    count = "SELECT count(*) FROM audit_entries WHERE outcome = 'denied' AND action = $1"
    action = "POST /v1/agencies/{agency_id}/clients"
    clients = (await world.owen.get(f"{school(world)}/clients")).json()
    before = await superuser.fetchval(count, action)
    assert await attempt(world, world.tessa, MANAGED[2]) == 403
    assert await superuser.fetchval(count, action) == before + 1
    assert (await world.owen.get(f"{school(world)}/clients")).json() == clients


async def test_everybody_sees_the_agencies_of_the_partnership_and_not_the_operator(
    world: World,
) -> None:
    for who in (world.lena, world.school_system, world.owen, world.ada):
        listed = (await who.get("/v1/agencies")).json()["items"]
        kinds = [each["kind"] for each in listed]
        assert sorted(kinds) == kinds == ["health_visiting", "police", "probation", "school"]
        one = await who.get(school(world))
        assert one.json() == next(each for each in listed if each["kind"] == "school")
        assert one.headers["etag"] == f'"{one.json()["version"]}"'


@pytest.mark.parametrize("route", [*READ[1:], *MANAGED, *ENROL_ONLY[1:]], ids=lambda e: e[:2])
async def test_what_does_not_exist_is_not_found(world: World, route: Any) -> None:
    method, path, body = route
    for unknown in (uuid4(), "no-uuid"):
        path_there = path.format(agency=unknown, any=uuid4())
        answer = await world.ada.request(method, path_there, json=body, headers=ANY_VERSION)
        assert answer.status_code == 404


async def test_an_agency_keeps_its_own_details(world: World) -> None:
    present = (await world.owen.get(school(world))).json()
    body = {
        "emergency_contact": {"name": "Duty desk", "telephone": "01472 555 0100"},
        "conduct_statement_url": "https://school.example.org/respect",
        "webhook_domains": ["hooks.example.org"],
        "webhook_email": "integration@school.example.org",
    }
    changed = await world.owen.patch(school(world), body, headers=etag(present))
    assert changed.status_code == 200, changed.text
    expected = {**present, "version": present["version"] + 1}
    expected |= {name: body[name] for name in ("emergency_contact", "conduct_statement_url")}
    assert changed.json() == expected
    assert (await world.lena.get(school(world))).json() == expected
    emptied = await world.owen.patch(
        school(world), {"emergency_contact": None}, headers=etag(expected)
    )
    assert emptied.json()["emergency_contact"] is None
    assert emptied.json()["conduct_statement_url"] == body["conduct_statement_url"]
    told = [each["type"] for each in await world.school_system.events()]
    assert told[-2:] == ["agency.updated", "agency.updated"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"webhook_domains": None}, "/webhook_domains"),
        ({"webhook_domains": ["https://x.org"]}, "/webhook_domains/0"),
        ({"webhook_domains": ["localhost"]}, "/webhook_domains/0"),
        ({"webhook_domains": ["X.ORG"]}, "/webhook_domains/0"),
        ({"webhook_domains": [f"h{n}.org" for n in range(21)]}, "/webhook_domains"),
        ({"webhook_email": ""}, "/webhook_email"),
        ({"webhook_email": "integration"}, "/webhook_email"),
        ({"webhook_email": "integration@localhost"}, "/webhook_email"),
        ({"webhook_email": "A <a@x.org>"}, "/webhook_email"),
        ({"webhook_email": "a@x.org\n"}, "/webhook_email"),
        ({"webhook_email": "a@x.org, b@x.org"}, "/webhook_email"),
        ({"webhook_email": "a@x.org\r\nBcc: b@x.org"}, "/webhook_email"),
        ({"webhook_email": "ä@x.org"}, "/webhook_email"),
        ({"webhook_email": f"{'a' * 250}@x.org"}, "/webhook_email"),
        ({"emergency_contact": {"name": "x"}}, "/emergency_contact/telephone"),
        ({"emergency_contact": {"name": "", "telephone": "999 999"}}, "/emergency_contact/name"),
        ({"conduct_statement_url": "javascript:alert(1)"}, "/conduct_statement_url"),
        ({"status": "suspended"}, "/status"),
        ({"grantable_roles": ["administrator"]}, "/grantable_roles"),
        ({"kind": "operator"}, "/kind"),
    ],
)
async def test_wrong_details_are_pointed_at(world: World, body: Any, pointer: str) -> None:
    present = (await world.owen.get(school(world))).json()
    refused = await world.owen.patch(school(world), body, headers=etag(present))
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_a_change_needs_the_version_it_is_based_on(world: World) -> None:
    client = (await world.owen.get(f"{school(world)}/clients")).json()["items"][0]
    person = (await world.owen.get(f"{school(world)}/practitioners")).json()["items"][0]
    paths: list[tuple[Caller, str, str, Any]] = [
        (world.owen, "PATCH", school(world), {"webhook_domains": []}),
        (world.owen, "POST", f"{school(world)}/clients/{client['id']}/rotate", None),
        (world.owen, "POST", f"{school(world)}/clients/{client['id']}/revoke", None),
        (world.owen, "PATCH", f"{school(world)}/practitioners/{person['id']}", {"name": "X"}),
        (world.ada, "POST", f"{school(world)}/suspend", None),
        (world.ada, "POST", f"{school(world)}/reactivate", None),
    ]
    for who, method, path, body in paths:
        assert (await who.request(method, path, json=body)).status_code == 428
        for status, tags in (
            (412, ('"999"', '"0"', '"x"')),
            (400, ("1", "*", 'W/"1"', '"1", "2"')),
        ):
            for stale in tags:
                answer = await who.request(method, path, json=body, headers={"If-Match": stale})
                assert (path, stale, answer.status_code) == (path, stale, status)


async def test_of_two_changes_based_on_one_version_only_one_passes(world: World) -> None:
    present = (await world.owen.get(school(world))).json()
    changes = [{"webhook_domains": [f"h{n}.example.org"]} for n in range(4)]
    answers = await asyncio.gather(
        *(world.owen.patch(school(world), each, headers=etag(present)) for each in changes)
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
    now = (await world.owen.get(school(world))).json()
    assert now["version"] == present["version"] + 1


async def test_the_operator_suspends_and_reactivates_and_the_agency_is_told(world: World) -> None:
    path = f"/v1/agencies/{world.agencies['probation'].id}"
    present = (await world.ada.get(path)).json()
    again = await world.ada.post(f"{path}/reactivate", headers=etag(present))
    assert again.status_code == 409
    suspended = await world.ada.post(f"{path}/suspend", headers=etag(present))
    assert (suspended.status_code, suspended.json()["status"]) == (200, "suspended")
    assert suspended.headers["etag"] == f'"{present["version"] + 1}"'
    twice = await world.ada.post(f"{path}/suspend", headers=etag(suspended.json()))
    assert twice.status_code == 409
    assert (await world.lena.get(path)).status_code == 401
    active = await world.ada.post(f"{path}/reactivate", headers=etag(suspended.json()))
    assert active.json()["status"] == "active"
    told = [each["type"] for each in await world.probation_system.events()]
    assert told[-2:] == ["agency.suspended", "agency.reactivated"]
