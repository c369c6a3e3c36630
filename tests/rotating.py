"""The same service after a restart under other encryption keys, and everything that is sealed."""

import base64
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation import resealing, sealing
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from api.foundation.resealing import Resealed
from api.main import assemble, attach, build_runtime
from api.settings import Settings
from api.tables import metadata
from tests.checking import a_check, reflected
from tests.posting import subscribe
from tests.witnessing import checkpoint
from tests.world import (
    BASE_URL,
    Caller,
    World,
    a_family,
    an_alert,
    key,
    register,
    shared_family,
)

OLD, NEW, LOST = b"0123456789abcdef0123456789abcdef", b"n" * 32, b"l" * 32
COLUMNS = [each.name for each in sealing.sealed_columns(metadata)]


def spelt(*keys: bytes) -> str:
    """As a setting lists them."""
    return ",".join(base64.b64encode(key).decode() for key in keys)


@asynccontextmanager
async def restarted(world: World, current: bytes, *others: bytes) -> AsyncIterator[World]:
    """The same agencies and people, with the tokens they hold, over the same database."""
    keys = {"encryption_key": spelt(current), "other_encryption_keys": spelt(*others)}
    settings = Settings.model_validate(world.runtime.settings.model_dump(exclude_unset=True) | keys)
    app = assemble(settings.issuer)
    attach(app, settings, world.urls["doorstep_api"], clock=world.clock)
    worker, _ = build_runtime(settings, world.urls["doorstep_worker"], clock=world.clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http,
    ):
        again = World(app, world.clock, http, world.urls, worker, world.agencies)
        again.people = {name: replace(each, world=again) for name, each in world.people.items()}
        try:
            yield again
        finally:
            await worker.database.close()


@asynccontextmanager
async def as_owner(world: World) -> AsyncIterator[AsyncSession]:
    database = Database(world.urls["doorstep_owner"], pool_size=1, wait_seconds=5)
    try:
        async with database.session() as session:
            yield session
    finally:
        await database.close()


async def resealed(world: World, *keys: bytes) -> dict[str, Resealed]:
    """As `doorstep keys reseal` does under these keys."""
    ring = Keyring(*keys)
    async with as_owner(world) as session:
        return {
            each.name: await resealing.reseal(session, ring, each)
            for each in sealing.sealed_columns(metadata)
        }


async def counted(world: World) -> dict[str, Counter[bytes]]:
    """How many ciphertexts of each column are under which key."""
    async with as_owner(world) as session:
        return {
            each.name: await sealing.count_by_key(session, each)
            for each in sealing.sealed_columns(metadata)
        }


@dataclass
class Kept:
    """What a partnership has of a service: something of every kind that is sealed or signed."""

    family: dict[str, Any]
    published: httpx.Response
    request: dict[str, Any]
    check: dict[str, Any]
    reflection: dict[str, Any]
    subscription: dict[str, Any]
    page: dict[str, Any]
    feed: dict[str, Any]
    joining: tuple[str, str]
    token: str


async def everything(world: World, receiver_url: str) -> Kept:
    await checkpoint(world)
    family = await shared_family(world)
    body = a_family()
    other = await register(world, body)
    request: dict[str, Any] = {"body": an_alert(family), "headers": key()}
    subscription = await subscribe(world.school_system, receiver_url, ["alert.*"])
    published = await world.amina.post(f"/v1/families/{family['id']}/alerts", **request)
    checked = await world.amina.post(
        f"/v1/families/{family['id']}/sharing-checks", a_check("would_want_to_know"), headers=key()
    )
    identifiers = body["members"][0]["identifiers"]
    matched = await world.probation_system.post(
        "/v1/families/match", {"members": [{"identifiers": identifiers}]}
    )
    assert [each.status_code for each in (published, checked, matched)] == [201, 201, 200]
    return Kept(
        family,
        published,
        request,
        checked.json(),
        await reflected(world.amina, family),
        subscription,
        (await world.amina.get("/v1/families", params={"limit": 1})).json(),
        (await world.police_system.get("/v1/events", params={"limit": 1})).json(),
        (other["id"], matched.json()["items"][0]["join_token"]),
        await world.token(world.agencies["health_visiting"]),
    )


async def repeated(world: World, kept: Kept) -> httpx.Response:
    """The request that was answered before, with its Idempotency-Key."""
    return await world.amina.post(f"/v1/families/{kept.family['id']}/alerts", **kept.request)


async def read(world: World, kept: Kept) -> list[Any]:
    """What practitioners were told that it stands sealed."""
    paths = (f"sharing-checks/{kept.check['id']}", f"reflections/{kept.reflection['id']}")
    return [await world.amina.get(f"/v1/{path}") for path in paths]


async def following(world: World, kept: Kept) -> list[httpx.Response]:
    """The pages after those that were kept."""
    page = {"limit": 1, "cursor": kept.page["next"]}
    feed = {"limit": 1, "after": kept.feed["next"]}
    return [
        await world.amina.get("/v1/families", params=page),
        await world.police_system.get("/v1/events", params=feed),
    ]


async def join_by_token(who: Caller, kept: Kept) -> httpx.Response:
    family_id, token = kept.joining
    body = {
        "join_token": token,
        "local_id": f"P-{family_id}",
        "reason": "Works with the family",
        "practitioner": {"name": "Lena", "job_title": "probation officer"},
    }
    return await who.post(f"/v1/families/{family_id}/involvements", body)
