"""Requests to the token endpoint, and the clients that make them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from api.agencies.oauth.service import CLIENT_ASSERTION, JWT_BEARER
from tests.forging import PrivateKey, forge, jwk_of
from tests.world import BASE_URL, AgencyInWorld, Caller, World

TOKEN_URL = f"{BASE_URL}/oauth2/token"
SYSTEM = {"grant_type": "client_credentials"}


@dataclass
class KeyClient:
    """A client that authenticates by `private_key_jwt`."""

    id: str
    key: PrivateKey
    kid: str


async def post_token(world: World, form: dict[str, str], **given: Any) -> httpx.Response:
    return await world.http.post("/oauth2/token", data=form, **given)


def basic(agency: AgencyInWorld) -> tuple[str, str]:
    return str(agency.client_id), agency.secret


def assertion_form(assertion: str, **more: str) -> dict[str, str]:
    return {"grant_type": JWT_BEARER, "assertion": assertion, **more}


def assertion_of(world: World, client: KeyClient, **claims: Any) -> str:
    """What the client signs to authenticate itself."""
    now = int(world.clock.now().timestamp())
    given = {
        "iss": client.id,
        "sub": client.id,
        "aud": BASE_URL,
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + 120,
        **claims,
    }
    return forge({"alg": "ES256", "typ": "JWT", "kid": client.kid}, given, client.key)


def by_key(world: World, client: KeyClient, **claims: Any) -> dict[str, str]:
    return {
        **SYSTEM,
        "client_assertion_type": CLIENT_ASSERTION,
        "client_assertion": assertion_of(world, client, **claims),
    }


async def make_key_client(administrator: Caller, **settings: Any) -> KeyClient:
    """A client of the administrator's agency with a registered key of its own."""
    agency = f"/v1/agencies/{administrator.agency.id}"
    body = {"name": "Unattended", "auth_method": "private_key_jwt", **settings}
    made = await administrator.post(f"{agency}/clients", body)
    assert made.status_code == 201, made.text
    assert made.json()["client_secret"] is None
    client = KeyClient(
        made.json()["client"]["id"], ec.generate_private_key(ec.SECP256R1()), f"c-{uuid4()}"
    )
    registered = await administrator.post(
        f"{agency}/keys",
        {
            "kid": client.kid,
            "algorithm": "ES256",
            "public_jwk": jwk_of(client.key),
            "client_id": client.id,
        },
    )
    assert registered.status_code == 201, registered.text
    return client


async def works(world: World, token: str) -> bool:
    """Whether the token opens the door: a read that every role may make."""
    answer = await world.http.get("/v1/agencies", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


def assert_refused(answer: httpx.Response, status: int, error: str) -> None:
    """RFC 6749, 5.2."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert ("www-authenticate" in answer.headers) is (status == 401)
