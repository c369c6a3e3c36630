"""The operator creates an agency; the agency enrols itself, once, with its own key and people."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.foundation.quotas import Quota
from tests.forging import jwk_of, pem_of
from tests.world import AgencyInWorld, Caller, World, etag

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True, scope="module")
def many_enrolments_from_one_address(world: World) -> None:
    world.runtime.public_quota = Quota.per_minute("public", 1000)


@dataclass
class Enrolling:
    """An agency that was created and has not enrolled yet."""

    id: str
    code: str
    key: ec.EllipticCurvePrivateKey


async def create(world: World, **changes: Any) -> Enrolling:
    body = {"kind": "housing", "name": f"Housing {uuid4()}", "la_code": "812", **changes}
    made = await world.ada.post("/v1/agencies", body)
    assert made.status_code == 201, made.text
    agency = made.json()["agency"]
    assert made.headers["location"] == f"/v1/agencies/{agency['id']}"
    assert (agency["status"], agency["la_code"]) == ("enrolling", "812")
    key = ec.generate_private_key(ec.SECP256R1())
    return Enrolling(agency["id"], made.json()["enrolment_code"], key)


def enrolment(agency: Enrolling, **changes: Any) -> dict[str, Any]:
    return {
        "code": agency.code,
        "client": {"name": "Housing system"},
        "key": {"kid": "first", "algorithm": "ES256", "public_jwk": jwk_of(agency.key)},
        "administrator": {
            "staff_id": "H-1",
            "name": "Hal Moore",
            "job_title": "head of service",
            "roles": ["agency_administrator"],
        },
        **changes,
    }


async def enrol(world: World, body: dict[str, Any]) -> httpx.Response:
    return await world.http.post("/v1/enrolments", json=body)


async def test_an_agency_enrols_whole_and_its_client_and_administrator_work(
    world: World,
) -> None:
    agency = await create(world)
    answer = await enrol(world, enrolment(agency))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["agency"]["id"], made["agency"]["status"]) == (agency.id, "active")
    assert made["administrator"]["roles"] == ["agency_administrator"]
    enrolled = AgencyInWorld(
        UUID(agency.id),
        "housing",
        UUID(made["client"]["id"]),
        made["client_secret"],
        pem_of(agency.key),
        "first",
    )
    system, hal = Caller(world, enrolled, None), Caller(world, enrolled, "H-1")
    assert [each["type"] for each in await system.events()] == [
        "agency.key_registered",
        "agency.client_created",
    ]
    people = (await hal.get(f"/v1/agencies/{agency.id}/practitioners")).json()["items"]
    assert people == [made["administrator"]]
    second = await hal.post(f"/v1/agencies/{agency.id}/clients", {"name": "Second"})
    assert second.status_code == 201
    assert (await system.events())[-1]["type"] == "agency.client_created"


async def test_a_code_is_used_once_also_by_two_at_once(world: World) -> None:
    agency = await create(world)
    answers = await asyncio.gather(*(enrol(world, enrolment(agency)) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 404, 404]
    assert (await enrol(world, enrolment(agency))).status_code == 404


async def test_a_code_expires_after_7_days(world: World) -> None:
    late, in_time = await create(world), await create(world)
    world.clock.advance(WEEK - timedelta(seconds=1))
    assert (await enrol(world, enrolment(in_time))).status_code == 201
    world.clock.advance(timedelta(seconds=1))
    assert (await enrol(world, enrolment(late))).status_code == 404


async def test_an_unknown_a_used_and_an_expired_code_are_answered_alike(world: World) -> None:
    used = await create(world)
    assert (await enrol(world, enrolment(used))).status_code == 201
    expired = await create(world)
    world.clock.advance(WEEK)
    unknown = enrolment(used, code="enrol_" + "x" * 43)
    answers = [await enrol(world, each) for each in (unknown, enrolment(used), enrolment(expired))]
    problems = [{**each.json(), "instance": None} for each in answers]
    assert problems == [problems[0]] * 3
    assert problems[0]["code"] == "not_found"


@pytest.mark.parametrize(
    ("part", "changes", "pointer"),
    [
        ("administrator", {"roles": ["practitioner"]}, "/administrator/roles"),
        ("administrator", {"roles": ["agency_administrator", "system"]}, "/administrator/roles"),
        ("administrator", {"staff_id": "a b"}, "/administrator/staff_id"),
        ("key", {"public_jwk": {"kty": "EC"}}, "/key/public_jwk"),
        ("key", {"client_id": str(uuid4())}, "/key/client_id"),
        ("key", {"algorithm": "none"}, "/key/algorithm"),
        ("client", {"name": ""}, "/client/name"),
    ],
)
async def test_a_wrong_enrolment_is_pointed_at_and_leaves_the_code_unused(
    world: World, part: str, changes: dict[str, Any], pointer: str
) -> None:
    agency = await create(world)
    body = enrolment(agency)
    refused = await enrol(world, {**body, part: {**body[part], **changes}})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
    present = (await world.ada.get(f"/v1/agencies/{agency.id}")).json()
    assert present["status"] == "enrolling"
    assert (await enrol(world, body)).status_code == 201


async def test_an_agency_that_has_not_enrolled_takes_part_in_nothing(world: World) -> None:
    agency = await create(world)
    present = (await world.ada.get(f"/v1/agencies/{agency.id}")).json()
    suspended = await world.ada.post(f"/v1/agencies/{agency.id}/suspend", headers=etag(present))
    assert suspended.status_code == 409
    made = await world.ada.post(f"/v1/agencies/{agency.id}/clients", {"name": "Too early"})
    credentials = (made.json()["client"]["id"], made.json()["client_secret"])
    token = await world.http.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=credentials
    )
    assert (token.status_code, token.json()["error"]) == (401, "invalid_client")


async def test_an_agency_s_name_is_its_own(world: World) -> None:
    body = {"kind": "gp", "name": "Pier Road Surgery"}
    assert (await world.ada.post("/v1/agencies", body)).status_code == 201
    assert (await world.ada.post("/v1/agencies", body)).status_code == 409


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "operator"}, "/kind"),
        ({"kind": "pirates"}, "/kind"),
        ({"name": "  "}, "/name"),
        ({"ods_code": "rx"}, "/ods_code"),
        ({"urn": "12345"}, "/urn"),
        ({"la_code": "8121"}, "/la_code"),
        ({"status": "active"}, "/status"),
    ],
)
async def test_a_wrong_agency_is_pointed_at(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    body = {"kind": "gp", "name": "Wrong Surgery", **changes}
    refused = await world.ada.post("/v1/agencies", body)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_enrolment_codes_cannot_be_tried_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.runtime, "public_quota", Quota.per_minute("tried", 3))
    unknown = Enrolling("", "enrol_" + "y" * 43, ec.generate_private_key(ec.SECP256R1()))
    statuses = [(await enrol(world, enrolment(unknown))).status_code for _ in range(8)]
    assert statuses[:3] == [404] * 3
    assert 429 in statuses[3:]


async def test_the_code_is_kept_as_a_hash_only(world: World, superuser: Any) -> None:
    agency = await create(world)
    rows = await superuser.fetch("SELECT c::text AS row FROM enrolment_codes c")
    assert rows
    assert all(agency.code not in each["row"] for each in rows)
