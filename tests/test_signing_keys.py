"""Secrets and signing keys change while tokens are in use; suspension works at once."""

from datetime import timedelta
from typing import Any

import pytest

from api.access import tokens
from api.agencies.oauth import keys as signing
from api.main import build_runtime
from tests.forging import b64
from tests.token_requests import SYSTEM, assert_refused, basic, post_token, works
from tests.world import World, etag

pytestmark = pytest.mark.anyio

NOTICED = timedelta(seconds=31)
SIGNED_AT_LAST = signing.TOKEN_LIFETIME - timedelta(seconds=1)


async def published(world: World) -> list[str]:
    answer = await world.http.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert all("d" not in key for key in answer.json()["keys"])
    return [key["kid"] for key in answer.json()["keys"]]


def kid_of(token: str) -> str:
    return tokens.read_header(token)["kid"]


async def rotate(world: World) -> str:
    """As the operator's command does, in a process of its own."""
    owner, _ = build_runtime(
        world.runtime.settings, world.urls["doorstep_owner"], clock=world.clock
    )
    async with owner.database.session() as session:
        kid = await signing.rotate(session, owner.keyring, owner.clock.now())
        await session.commit()
    await owner.database.close()
    return kid


async def test_a_new_signing_key_takes_over_while_tokens_of_the_old_one_still_work(
    world: World,
) -> None:
    agency = world.agencies["police"]
    [old] = await published(world)
    before = await world.token(agency)
    new = await rotate(world)
    still_old = await world.token(agency)
    world.clock.advance(NOTICED)
    after = await world.token(agency)
    assert (kid_of(before), kid_of(still_old), kid_of(after)) == (old, old, new)
    assert set(await published(world)) == {old, new}
    for token in (before, still_old, after):
        assert await works(world, token)
    world.clock.advance(SIGNED_AT_LAST - NOTICED)
    assert await works(world, before)
    world.clock.advance(timedelta(seconds=1))
    assert not await works(world, before)
    assert await works(world, after)
    world.clock.advance(signing.KEY_OVERLAP)
    assert await published(world) == [new]


async def test_another_process_accepts_a_token_of_the_new_key_before_it_rereads_its_keys(
    world: World,
) -> None:
    world.clock.advance(NOTICED)
    await published(world)
    new = await rotate(world)
    world.clock.advance(signing.REFRESH_AT_MOST_EVERY)
    signer = signing.SigningKeys(
        world.runtime.database, world.runtime.keyring, world.clock, world.runtime.settings.issuer
    )
    agency = world.agencies["police"]
    subject = await world.runtime.authenticate(await world.token(agency))
    token = await signer.issue(subject)
    assert kid_of(token) == new
    assert await works(world, token)


async def test_a_rotated_secret_works_for_another_24_hours(world: World) -> None:
    agency = world.agencies["school"]
    clients = f"/v1/agencies/{agency.id}/clients"
    [client] = (await world.owen.get(clients)).json()["items"]
    rotated = await world.owen.post(f"{clients}/{client['id']}/rotate", headers=etag(client))
    fresh = (client["id"], rotated.json()["client_secret"])
    world.clock.advance(timedelta(hours=23, minutes=59))
    for credentials in (basic(agency), fresh):
        assert (await post_token(world, SYSTEM, auth=credentials)).status_code == 200
    world.clock.advance(timedelta(minutes=1))
    assert_refused(await post_token(world, SYSTEM, auth=basic(agency)), 401, "invalid_client")
    assert (await post_token(world, SYSTEM, auth=fresh)).status_code == 200
    agency.secret = fresh[1]


async def test_a_suspended_agency_s_tokens_stop_working_at_the_next_request(world: World) -> None:
    agency = world.agencies["probation"]
    held = [await world.token(agency), await world.token(agency, "staff-victor")]
    path = f"/v1/agencies/{agency.id}"
    present = (await world.ada.get(path)).json()
    suspended = await world.ada.post(f"{path}/suspend", headers=etag(present))
    assert suspended.json()["status"] == "suspended"
    assert [await works(world, token) for token in held] == [False, False]
    assert_refused(await post_token(world, SYSTEM, auth=basic(agency)), 401, "invalid_client")
    active = await world.ada.post(f"{path}/reactivate", headers=etag(suspended.json()))
    assert active.json()["status"] == "active"
    assert [await works(world, token) for token in held] == [True, True]


async def test_a_revoked_client_s_tokens_stop_working_at_the_next_request(world: World) -> None:
    clients = f"/v1/agencies/{world.agencies['school'].id}/clients"
    made = (await world.owen.post(clients, {"name": "Short-lived"})).json()
    credentials = (made["client"]["id"], made["client_secret"])
    token = (await post_token(world, SYSTEM, auth=credentials)).json()["access_token"]
    assert await works(world, token)
    revoked = await world.owen.post(
        f"{clients}/{credentials[0]}/revoke", headers=etag(made["client"])
    )
    assert revoked.json()["status"] == "revoked"
    assert not await works(world, token)
    assert_refused(await post_token(world, SYSTEM, auth=credentials), 401, "invalid_client")


async def test_every_bad_token_is_answered_the_same_but_for_the_request_id(world: World) -> None:
    agency = world.agencies["police"]
    good = await world.token(agency)
    head, body, signature = good.split(".")
    odd_kids = [b64(b'{"alg":"ES256","typ":"at+jwt","kid":%s}' % each) for each in (
        b"[]", b"{}", b"null", b"1", b'"a\\u0000"', b'"\\ud800"', b'"unknown"',
    )]  # fmt: skip
    bad = ["x", "a.b.c", f"{good}=", f"{head}.{body}.AAAA", f"{head}.{signature}.{body}"]
    bad += [f"{kid}.{body}.{signature}" for kid in odd_kids]
    answers = [
        await world.http.get("/v1/agencies", headers={"Authorization": f"Bearer {token}"})
        for token in bad
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert answer.headers["cache-control"] == "no-store"
    assert len({tuple(_but_for_instance(each.json())) for each in answers}) == 1


def _but_for_instance(problem: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in problem.items() if name != "instance")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_no_bearer_token_at_all_is_a_plain_challenge(
    world: World, authorization: str
) -> None:
    answer = await world.http.get("/v1/agencies", headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_the_private_signing_key_is_stored_encrypted(world: World, superuser: Any) -> None:
    rows = await superuser.fetch("SELECT kid, sealed_private_key FROM signing_keys")
    assert rows
    for row in rows:
        assert b"PRIVATE KEY" not in row["sealed_private_key"]
        opened = world.runtime.keyring.decrypt(
            row["sealed_private_key"], f"signing_keys|{row['kid']}"
        )
        assert opened.startswith(b"-----BEGIN PRIVATE KEY-----")
