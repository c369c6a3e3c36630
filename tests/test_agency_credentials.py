"""An agency's clients, keys and people: made, changed, revoked, and the agency told."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.forging import b64, jwk_of
from tests.world import World, etag

pytestmark = pytest.mark.anyio


def school(world: World) -> str:
    return f"/v1/agencies/{world.agencies['school'].id}"


def police(world: World) -> str:
    return f"/v1/agencies/{world.agencies['police'].id}"


def a_key(**changes: Any) -> dict[str, Any]:
    jwk = jwk_of(ec.generate_private_key(ec.SECP256R1()))
    return {"kid": f"k-{uuid4()}", "algorithm": "ES256", "public_jwk": jwk, **changes}


def a_person(**changes: Any) -> dict[str, Any]:
    person = {"staff_id": f"s-{uuid4()}", "name": "Sam Reid", "job_title": "teacher"}
    return person | {"roles": ["practitioner"]} | changes


async def told(world: World) -> list[str]:
    return [each["type"] for each in await world.school_system.events()]


async def items(world: World, what: str) -> list[dict[str, Any]]:
    return (await world.owen.get(f"{school(world)}/{what}")).json()["items"]


async def make_client(world: World, **changes: Any) -> dict[str, Any]:
    made = await world.owen.post(f"{school(world)}/clients", {"name": "Case system"} | changes)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{school(world)}/clients"
    return made.json()


async def test_a_client_s_secret_is_shown_once_and_the_agency_told(world: World) -> None:
    made = await make_client(world)
    assert made["client_secret"].startswith("dss_")
    assert made["client"] in await items(world, "clients")
    listed = await world.owen.get(f"{school(world)}/clients")
    assert made["client_secret"] not in listed.text
    assert "secret_hash" not in listed.text
    event = (await world.school_system.events())[-1]
    assert event["type"] == "agency.client_created"
    assert event["data"]["resource"]["id"] == made["client"]["id"]


async def test_a_client_the_operator_makes_is_told_to_its_agency_and_to_nobody_else(
    world: World,
) -> None:
    before, others = await told(world), await world.police_system.events()
    made = await world.ada.post(f"{school(world)}/clients", {"name": "By the operator"})
    assert made.status_code == 201
    assert await told(world) == [*before, "agency.client_created"]
    assert await world.police_system.events() == others


async def test_a_client_is_rotated_and_revoked_once(world: World) -> None:
    client = (await make_client(world))["client"]
    path = f"{school(world)}/clients/{client['id']}"
    rotated = await world.owen.post(f"{path}/rotate", headers=etag(client))
    assert rotated.status_code == 200
    assert rotated.json()["client_secret"].startswith("dss_")
    revoked = await world.owen.post(f"{path}/revoke", headers=etag(rotated.json()["client"]))
    assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
    for action in ("rotate", "revoke"):
        refused = await world.owen.post(f"{path}/{action}", headers=etag(revoked.json()))
        assert refused.status_code == 409
    assert (await told(world))[-2:] == ["agency.client_secret_rotated", "agency.client_revoked"]


async def test_of_two_rotations_of_one_version_only_one_secret_is_given_out(world: World) -> None:
    client = (await make_client(world))["client"]
    path = f"{school(world)}/clients/{client['id']}/rotate"
    answers = await asyncio.gather(*(world.owen.post(path, headers=etag(client)) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 412, 412]


async def test_a_client_with_keys_has_no_secret_to_rotate(world: World) -> None:
    made = await make_client(world, auth_method="private_key_jwt")
    assert made["client_secret"] is None
    path = f"{school(world)}/clients/{made['client']['id']}/rotate"
    assert (await world.owen.post(path, headers=etag(made["client"]))).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 201},
        {"name": 7},
        {"name": "two\nlines"},
        {"name": "x", "auth_method": "none"},
        {"name": "x", "accepts_token_url_audience": "yes"},
        {"name": "x", "status": "active"},
    ],
)
async def test_a_client_body_that_is_wrong_is_refused(world: World, body: Any) -> None:
    assert (await world.owen.post(f"{school(world)}/clients", body)).status_code == 422


async def test_what_belongs_to_another_agency_is_not_found_under_one_s_own(world: World) -> None:
    theirs = {}
    for what in ("clients", "keys", "practitioners"):
        theirs[what] = (await world.ada.get(f"{police(world)}/{what}")).json()["items"][0]["id"]
    version = {"If-Match": '"1"'}
    for method, path in (
        ("POST", f"clients/{theirs['clients']}/rotate"),
        ("POST", f"clients/{theirs['clients']}/revoke"),
        ("POST", f"keys/{theirs['keys']}/revoke"),
        ("PATCH", f"practitioners/{theirs['practitioners']}"),
    ):
        body = {"status": "inactive"} if method == "PATCH" else None
        answer = await world.owen.request(
            method, f"{school(world)}/{path}", json=body, headers=version
        )
        assert answer.status_code == 404


async def test_a_key_is_registered_without_its_private_half_and_revoked_once(
    world: World,
) -> None:
    made = await world.owen.post(f"{school(world)}/keys", a_key())
    assert made.status_code == 201, made.text
    assert made.json() in await items(world, "keys")
    path = f"{school(world)}/keys/{made.json()['id']}/revoke"
    revoked = await world.owen.post(path)
    assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
    assert (await world.owen.post(path)).status_code == 409
    assert (await told(world))[-2:] == ["agency.key_registered", "agency.key_revoked"]


async def test_a_kid_is_used_once_in_an_agency_and_may_be_another_s(world: World) -> None:
    body = a_key()
    assert (await world.owen.post(f"{school(world)}/keys", body)).status_code == 201
    assert (await world.owen.post(f"{school(world)}/keys", body)).status_code == 409
    assert (await world.ada.post(f"{police(world)}/keys", body)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"public_jwk": {}}, "/public_jwk"),
        ({"public_jwk": jwk_of(rsa.generate_private_key(65537, 2048))}, "/public_jwk"),
        (
            {"public_jwk": jwk_of(rsa.generate_private_key(65537, 1024)), "algorithm": "RS256"},
            "/public_jwk",
        ),
        (
            {"public_jwk": {"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": "AQ"}},
            "/public_jwk",
        ),
        ({"public_jwk": a_key()["public_jwk"] | {"d": "AQ"}}, "/public_jwk"),
        ({"public_jwk": {str(n): n for n in range(13)}}, "/public_jwk"),
        ({"algorithm": "HS256"}, "/algorithm"),
        ({"kid": "white space"}, "/kid"),
        ({"kid": ""}, "/kid"),
        ({"client_id": str(uuid4())}, "/client_id"),
        ({"client_id": "no-uuid"}, "/client_id"),
    ],
)
async def test_a_key_that_cannot_be_used_is_pointed_at(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    refused = await world.owen.post(f"{school(world)}/keys", a_key(**changes))
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_a_client_key_is_only_for_a_client_of_the_agency_that_uses_keys(
    world: World,
) -> None:
    with_secret = (await make_client(world))["client"]["id"]
    foreign = str(world.agencies["police"].client_id)
    for client_id in (with_secret, foreign):
        refused = await world.owen.post(f"{school(world)}/keys", a_key(client_id=client_id))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/client_id"


async def test_a_practitioner_is_made_and_changed(world: World) -> None:
    body = a_person(roles=["practitioner", "manager"])
    made = await world.owen.post(f"{school(world)}/practitioners", body)
    assert made.status_code == 201, made.text
    person = made.json()
    assert person == body | {
        "id": person["id"],
        "roles": ["manager", "practitioner"],
        "status": "active",
        "version": 1,
    }
    path = f"{school(world)}/practitioners/{person['id']}"
    changes = {"name": "Sam Reid-Okoro", "roles": ["chair"], "status": "inactive"}
    changed = await world.owen.patch(path, changes, headers=etag(person))
    assert changed.json() == person | changes | {"version": 2}
    assert changed.json() in await items(world, "practitioners")
    stale = await world.owen.patch(path, {"status": "active"}, headers=etag(person))
    assert stale.status_code == 412


async def test_a_staff_id_is_one_person_s(world: World) -> None:
    body = a_person()
    assert (await world.owen.post(f"{school(world)}/practitioners", body)).status_code == 201
    assert (await world.owen.post(f"{school(world)}/practitioners", body)).status_code == 409
    assert (await world.ada.post(f"{police(world)}/practitioners", body)).status_code == 201


@pytest.mark.parametrize("roles", [["system"], ["administrator"], ["practitioner", "system"]])
async def test_a_role_that_the_agency_may_not_grant_is_refused(
    world: World, roles: list[str]
) -> None:
    refused = await world.owen.post(f"{school(world)}/practitioners", a_person(roles=roles))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/roles"
    made = await world.owen.post(f"{school(world)}/practitioners", a_person())
    path = f"{school(world)}/practitioners/{made.json()['id']}"
    raised = await world.owen.patch(path, {"roles": roles}, headers=etag(made.json()))
    assert raised.status_code == 422
    assert raised.json()["errors"][0]["pointer"] == "/roles"


@pytest.mark.parametrize(
    "changes",
    [
        {"staff_id": ""},
        {"staff_id": "white space"},
        {"staff_id": "x" * 101},
        {"name": " "},
        {"name": "a\u202eb"},
        {"job_title": None},
        {"roles": []},
        {"roles": ["no_such_role"]},
        {"roles": "practitioner"},
        {"status": "active"},
    ],
)
async def test_a_practitioner_body_that_is_wrong_is_refused(world: World, changes: Any) -> None:
    refused = await world.owen.post(f"{school(world)}/practitioners", a_person(**changes))
    assert refused.status_code == 422
