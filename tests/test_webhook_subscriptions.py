"""Subscriptions: who may have one, where it may go, and what is sent to it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.journal.event_types import EVENT_TYPES
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import (
    LEASE_RAN_OUT,
    Scripted,
    courier_of,
    deliver,
    log_of,
    revoke,
    rows_of,
    sent,
    status_of,
    subscribe,
    subscribed,
)
from tests.receivers import answering, receiver
from tests.world import World, join, publish, register, shared_family

pytestmark = pytest.mark.anyio

ADDRESS = "http://127.0.0.1:9/hook"


async def test_a_subscription_is_created_read_listed_and_revoked(world: World) -> None:
    who = world.school_system
    body = {"url": ADDRESS, "event_types": ["family.*", "alert.published", "family.*"]}
    created = await who.post("/v1/webhooks", body)
    assert created.status_code == 201
    made = created.json()
    assert made["event_types"] == ["alert.published", "family.*"]
    assert (made["status"], made["url"], made["version"]) == ("pending_verification", ADDRESS, 1)
    path = f"/v1/webhooks/{made['id']}"
    assert (created.headers["location"], created.headers["etag"]) == (path, '"1"')

    shown = (await who.get(path)).json()
    without_secret = {name: made[name] for name in made if name != "secret"}
    assert {name: shown[name] for name in without_secret} == without_secret
    listed = await who.get("/v1/webhooks")
    assert without_secret in listed.json()["items"]

    revoked = await who.delete(path, headers={"If-Match": '"1"'})
    assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
    assert made["id"] not in (await who.get("/v1/webhooks")).text
    assert await status_of(who, made) == "revoked"
    again = await who.delete(path, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_every_event_type_can_be_asked_for(world: World) -> None:
    subjects = sorted({f"{name.split('.')[0]}.*" for name in EVENT_TYPES})
    for asked in (subjects, sorted(EVENT_TYPES)[::2], sorted(EVENT_TYPES)[1::2]):
        made = await subscribe(world.school_system, ADDRESS, asked)
        assert made["event_types"] == asked
        await revoke(world.school_system, made)


async def test_the_secret_is_shown_once_and_sealed_at_rest(world: World, superuser: Any) -> None:
    made = await subscribe(world.school_system, ADDRESS)
    assert made["secret"].startswith("whsec_")
    assert made["public_key"].startswith("whpk_")
    for path in (f"/v1/webhooks/{made['id']}", "/v1/webhooks"):
        assert made["secret"] not in (await world.school_system.get(path)).text
    row = await superuser.fetchrow("SELECT * FROM subscriptions WHERE id = $1", UUID(made["id"]))
    assert made["secret"].encode() not in repr(dict(row)).encode()
    await revoke(world.school_system, made)


async def test_creating_again_with_the_same_key_gives_the_same_answer(world: World) -> None:
    body, headers = {"url": ADDRESS}, {"Idempotency-Key": str(uuid4())}
    answers = [await world.school_system.post("/v1/webhooks", body, headers=headers) for _ in "12"]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    await revoke(world.school_system, answers[0].json())


async def test_only_a_system_and_the_agencys_administrator_have_subscriptions(
    world: World,
) -> None:
    made = await subscribe(world.owen, ADDRESS)
    path = f"/v1/webhooks/{made['id']}"
    for who in (world.tessa, world.ruth, world.ada):
        assert (await who.post("/v1/webhooks", {"url": ADDRESS})).status_code == 403
        assert (await who.get("/v1/webhooks")).status_code == 403
        for refused in ("GET", "DELETE"):
            answer = await who.request(refused, path, headers={"If-Match": '"1"'})
            assert answer.status_code == 403
        assert (await who.get(f"{path}/deliveries")).status_code == 403
    await revoke(world.owen, made)


async def test_nobody_without_a_token_reaches_subscriptions(world: World) -> None:
    path = f"/v1/webhooks/{uuid4()}"
    for method, where in (
        ("GET", "/v1/webhooks"), ("POST", "/v1/webhooks"), ("GET", path), ("DELETE", path),
        ("GET", f"{path}/deliveries"),
    ):  # fmt: skip
        answer = await world.http.request(method, where, json={"url": ADDRESS})
        assert answer.status_code == 401


async def test_another_agencys_subscription_looks_like_none(world: World) -> None:
    made = await subscribe(world.school_system, ADDRESS)
    for stranger in (world.police_system, world.probation_system):
        for suffix in ("", "/deliveries"):
            hidden = await stranger.get(f"/v1/webhooks/{made['id']}{suffix}")
            absent = await stranger.get(f"/v1/webhooks/{uuid4()}{suffix}")
            assert (hidden.status_code, absent.status_code) == (404, 404)
            assert hidden.json()["detail"] == absent.json()["detail"]
        refused = await stranger.delete(f"/v1/webhooks/{made['id']}", headers={"If-Match": '"1"'})
        assert refused.status_code == 404
        assert made["id"] not in (await stranger.get("/v1/webhooks")).text
    await revoke(world.school_system, made)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://hooks.example.org/", "domain"),
        ("http://hooks.example.org/", "not_https"),
        ("https://hooks.example.org:8443/", "port"),
        ("https://user:secret@hooks.example.org/", "malformed"),
        ("https://[::1", "malformed"),
        ("http://169.254.169.254/latest", "not_https"),
        ("https:/", "string_too_short"),
        ("https://x.example/" + "a" * 500, "string_too_long"),
    ],
)
async def test_an_address_we_do_not_call_is_refused_at_its_field(
    world: World, url: str, code: str
) -> None:
    answer = await world.school_system.post("/v1/webhooks", {"url": url})
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/url", code)]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("alert.exploded", "unknown_event_type"), ("weather.*", "unknown_event_type"),
        ("webhook.verification", "unknown_event_type"), ("*", "malformed"),
        ("alert", "malformed"), ("alert.pub*", "malformed"),
        ("Alert.*", "malformed"), ("alert.published\n", "malformed"),
        ("a." + "b" * 70, "string_too_long"),
    ],
)  # fmt: skip
async def test_a_type_that_no_event_has_is_refused_at_its_place(
    world: World, pattern: str, code: str
) -> None:
    body = {"url": ADDRESS, "event_types": ["alert.*", pattern]}
    answer = await world.school_system.post("/v1/webhooks", body)
    assert answer.status_code == 422
    found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert found == [("/event_types/1", code)]


async def test_revoking_needs_the_version_last_read(world: World) -> None:
    made = await subscribe(world.school_system, ADDRESS)
    path = f"/v1/webhooks/{made['id']}"
    assert (await world.school_system.delete(path)).status_code == 428
    stale = await world.school_system.delete(path, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    await revoke(world.school_system, made)


async def test_an_agency_has_twenty_subscriptions_at_most(world: World) -> None:
    made = [await subscribe(world.probation_system, ADDRESS) for _ in range(20)]
    refused = await world.probation_system.post("/v1/webhooks", {"url": ADDRESS})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    await revoke(world.probation_system, made[0])
    made.append(await subscribe(world.probation_system, ADDRESS))
    for each in made:
        await revoke(world.probation_system, each)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["alert.published"], ["alert.published"]),
        (["alert.*"], ["alert.published"]),
        (["family.agency_joined", "alert.ratified"], ["family.agency_joined"]),
        (["family.*", "alert.*"], ["family.agency_joined", "alert.published"]),
        (["webhook.revoked"], []),
    ],
)
async def test_only_what_was_asked_for_is_sent(
    world: World, patterns: list[str], expected: list[str]
) -> None:
    family = await register(world)
    async with receiver() as there, courier_of(world) as courier:
        who = world.health_visiting_system
        async with subscribed(world, who, there, patterns, courier=courier):
            await joined(world, family)
            await publish(world, family)
            await deliver(world, courier)
            assert sorted(there.types) == sorted(expected)


async def test_no_types_at_all_means_every_type(world: World) -> None:
    family = await register(world)
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.health_visiting_system, there.url)
        await deliver(world, courier)
        there.forget()
        await joined(world, family)
        await publish(world, family)
        await deliver(world, courier)
        assert sorted(there.types) == ["alert.published", "family.agency_joined"]
        await revoke(world.health_visiting_system, made)


async def joined(world: World, family: dict[str, Any]) -> None:
    answer = await join(world, family, world.police_system)
    assert answer.status_code == 201, answer.text


async def test_nothing_leaves_for_a_revoked_subscription(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(5):
            await publish(world, family)
        await deliver(world, courier)
        there.forget()
        await revoke(world.school_system, made)
        await publish(world, family)
        world.clock.advance(timedelta(hours=1))
        await deliver(world, courier)
        assert there.requests == []
        rows = await rows_of(superuser, made)
        assert [each["status"] for each in rows] == ["cancelled"] * 5
        log = await log_of(world.school_system, made)
        assert [each["status"] for each in log] == ["cancelled"] * 5


async def test_what_is_in_flight_when_its_subscription_is_revoked_is_not_repeated(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(2):
            await publish(world, family)
        await fan_out(world.worker)
        assert await failing.step() == 2
        await sent(failing)
        await revoke(world.school_system, made)
        await failing.record()
        rows = await rows_of(superuser, made)
        assert [each["status"] for each in rows] == ["cancelled"] * 2


async def test_what_a_killed_worker_had_claimed_for_a_revoked_subscription_is_cancelled(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted()) as killed,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        assert await killed.step() == 1
        await revoke(world.school_system, made)
        world.clock.advance(LEASE_RAN_OUT)
        assert await courier.sweep() == 1
        assert [each["status"] for each in await rows_of(superuser, made)] == ["cancelled"]
