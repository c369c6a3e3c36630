"""Tokens of systems: client authentication, the errors of RFC 6749, and what is published."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from api.agencies.oauth.service import CLIENT_ASSERTION
from tests.token_requests import (
    SYSTEM,
    TOKEN_URL,
    assert_refused,
    assertion_of,
    basic,
    by_key,
    make_key_client,
    post_token,
    works,
)
from tests.world import BASE_URL, World

pytestmark = pytest.mark.anyio

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic_header(client_id: str, secret: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


async def test_a_secret_is_accepted_as_basic_credentials_and_in_the_body(world: World) -> None:
    client_id, secret = basic(world.agencies["police"])
    body = {**SYSTEM, "client_id": client_id, "client_secret": secret}
    for answer in (
        await post_token(world, SYSTEM, auth=(client_id, secret)),
        await post_token(world, body),
        await post_token(world, {**SYSTEM, "client_id": client_id}, auth=(client_id, secret)),
    ):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        given = answer.json()
        assert given.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (given["token_type"], given["expires_in"], given["scope"]) == (
            "Bearer",
            600,
            "system",
        )
        assert await works(world, given["access_token"])


async def test_an_access_token_follows_rfc_9068_and_verifies_by_the_published_keys(
    world: World,
) -> None:
    agency = world.agencies["police"]
    token = await world.token(agency)
    keys = KeySet.import_key_set((await world.http.get("/.well-known/jwks.json")).json())
    found = jwt.decode(token, keys, algorithms=["ES256"])
    now = int(world.clock.now().timestamp())
    assert found.header["typ"] == "at+jwt"
    assert found.claims.pop("jti")
    assert found.claims == {
        "iss": BASE_URL,
        "aud": BASE_URL,
        "sub": str(agency.client_id),
        "client_id": str(agency.client_id),
        "agency": str(agency.id),
        "roles": ["system"],
        "iat": now,
        "exp": now + 600,
    }


async def test_the_metadata_names_what_there_is(world: World) -> None:
    metadata = (await world.http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == BASE_URL
    assert metadata["token_endpoint"] == TOKEN_URL
    assert metadata["grant_types_supported"] == [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ]
    assert metadata["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ]
    keys = await world.http.get(metadata["jwks_uri"])
    assert keys.status_code == 200
    for key in keys.json()["keys"]:
        assert key.keys() == {"kid", "alg", "use", "kty", "crv", "x", "y"}


async def test_an_unknown_client_is_answered_like_a_wrong_secret_byte_for_byte(
    world: World,
) -> None:
    client_id, secret = basic(world.agencies["police"])
    answers = [
        await post_token(world, SYSTEM, auth=each)
        for each in ((client_id, "wrong"), (str(uuid4()), secret), ("no-uuid", secret), ("", ""))
    ]
    for answer in answers:
        assert_refused(answer, 401, "invalid_client")
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Basic é", "Basic /w==", "Basic AA==", "Bearer x", "Digest a=b", "x"],
)
async def test_credentials_that_cannot_be_read_are_an_invalid_client(
    world: World, authorization: str
) -> None:
    answer = await post_token(
        world, SYSTEM, headers={"Authorization": authorization.encode("latin-1")}
    )
    assert_refused(answer, 401, "invalid_client")


async def test_no_credentials_at_all_are_an_invalid_client(world: World) -> None:
    assert_refused(await post_token(world, SYSTEM), 401, "invalid_client")
    assert_refused(
        await post_token(world, {**SYSTEM, "client_secret": "secret"}), 401, "invalid_client"
    )


async def test_basic_credentials_are_form_decoded(world: World) -> None:
    client_id, secret = basic(world.agencies["police"])
    escaped = "".join(f"%{ord(each):02X}" for each in client_id), secret.replace("_", "%5F")
    answer = await post_token(world, SYSTEM, headers=basic_header(*escaped))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "invalid_request"),
        (b"grant_type", "invalid_request"),
        (b"grant_type=", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
        (b"grant_type=client_credentials&" + b"&".join(b"a=1" for _ in range(30)), None),
        (b"\xff\xfe", "invalid_request"),
        (b"{}", "invalid_request"),
        (b"grant_type=%00%ff", "unsupported_grant_type"),
    ],
)
async def test_a_form_that_is_wrong_is_refused_whoever_sends_it(
    world: World, content: bytes, error: str | None
) -> None:
    answer = await world.http.post(
        "/oauth2/token", content=content, headers=FORM, auth=basic(world.agencies["police"])
    )
    assert_refused(answer, 400, error or "invalid_request")


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "", "multipart/form-data"]
)
async def test_only_a_form_is_read(world: World, media_type: str) -> None:
    answer = await world.http.post(
        "/oauth2/token",
        content=b"grant_type=client_credentials",
        headers={"Content-Type": media_type},
        auth=basic(world.agencies["police"]),
    )
    assert_refused(answer, 400, "invalid_request")


async def test_the_form_s_media_type_may_name_a_charset(world: World) -> None:
    answer = await world.http.post(
        "/oauth2/token",
        content=b"grant_type=client_credentials",
        headers={"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8"},
        auth=basic(world.agencies["police"]),
    )
    assert answer.status_code == 200


async def test_two_ways_of_authentication_at_once_are_refused(world: World) -> None:
    client = await make_key_client(world.owen)
    client_id, secret = basic(world.agencies["school"])
    in_body = {"client_id": client_id, "client_secret": secret}
    for form, auth in (
        ({**SYSTEM, **in_body}, (client_id, secret)),
        (by_key(world, client), (client_id, secret)),
        ({**by_key(world, client), **in_body}, None),
    ):
        assert_refused(await post_token(world, form, auth=auth), 400, "invalid_request")


async def test_a_client_authenticates_by_its_own_key(world: World) -> None:
    client = await make_key_client(world.owen)
    for form in (by_key(world, client), {**by_key(world, client), "client_id": client.id}):
        answer = await post_token(world, form)
        assert answer.status_code == 200, answer.text
        assert await works(world, answer.json()["access_token"])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": TOKEN_URL},
        {"aud": "https://other.test"},
        {"aud": [BASE_URL, TOKEN_URL]},
        {"sub": "somebody-else"},
        {"iss": "somebody-else"},
        {"iss": None},
        {"jti": None},
        {"jti": "a\x00b"},
        {"jti": "\ud800"},
        {"exp": "+0"},
        {"exp": "+331"},
        {"exp": "+3600"},
        {"exp": None},
        {"exp": 1e999},
        {"iat": "+60"},
        {"iat": -(10**400)},
    ],
)
async def test_a_client_assertion_that_is_wrong_is_an_invalid_client(
    world: World, changes: dict[str, Any]
) -> None:
    client = await make_key_client(world.owen)
    now = int(world.clock.now().timestamp())
    claims = {
        name: now + int(value[1:]) if isinstance(value, str) and value[:1] == "+" else value
        for name, value in changes.items()
    }
    assert_refused(await post_token(world, by_key(world, client, **claims)), 401, "invalid_client")
    assert (await post_token(world, by_key(world, client))).status_code == 200


async def test_a_client_assertion_for_another_client_or_of_another_type_is_refused(
    world: World,
) -> None:
    client = await make_key_client(world.owen)
    other = {**by_key(world, client), "client_id": str(uuid4())}
    assert_refused(await post_token(world, other), 401, "invalid_client")
    untyped = {**SYSTEM, "client_assertion": assertion_of(world, client)}
    for form in (untyped, {**untyped, "client_assertion_type": "urn:other"}):
        assert_refused(await post_token(world, form), 400, "invalid_request")
    garbage = {**SYSTEM, "client_assertion_type": CLIENT_ASSERTION, "client_assertion": "a.b.c"}
    assert_refused(await post_token(world, garbage), 401, "invalid_client")


async def test_the_token_url_is_an_audience_only_with_the_client_s_legacy_setting(
    world: World,
) -> None:
    legacy = await make_key_client(world.owen, accepts_token_url_audience=True)
    for audience in (TOKEN_URL, BASE_URL):
        answer = await post_token(world, by_key(world, legacy, aud=audience))
        assert answer.status_code == 200, answer.text


async def test_of_two_uses_of_one_assertion_at_once_exactly_one_gets_a_token(world: World) -> None:
    client = await make_key_client(world.owen)
    form = by_key(world, client)
    answers = await asyncio.gather(*(post_token(world, form) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401]
    assert_refused(await post_token(world, form), 401, "invalid_client")


async def test_a_revoked_key_authenticates_nobody(world: World) -> None:
    client = await make_key_client(world.owen)
    keys = f"/v1/agencies/{world.agencies['school'].id}/keys"
    listed = (await world.owen.get(keys)).json()["items"]
    [key_id] = [each["id"] for each in listed if each["kid"] == client.kid]
    assert (await world.owen.post(f"{keys}/{key_id}/revoke")).status_code == 200
    assert_refused(await post_token(world, by_key(world, client)), 401, "invalid_client")


async def test_every_token_is_in_the_audit_and_its_secret_is_nowhere(
    world: World, superuser: Any
) -> None:
    agency = world.agencies["probation"]
    count = "SELECT count(*) FROM audit_entries WHERE action = 'token.issued' AND client_id = $1"
    before = await superuser.fetchval(count, agency.client_id)
    await world.token(agency)
    assert await superuser.fetchval(count, agency.client_id) == before + 1
    row = await superuser.fetchval("SELECT c::text FROM clients c WHERE id = $1", agency.client_id)
    assert agency.secret not in row
