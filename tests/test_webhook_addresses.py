"""Another address for a subscription takes two administrators, and is told to the old one."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.governing import another_manager
from tests.involving import bookmark, news
from tests.posting import (
    Scripted,
    courier_of,
    deliver,
    revoke,
    sent,
    status_of,
    subscribe,
    subscribed,
)
from tests.receivers import Request, receiver, response
from tests.world import Caller, World, etag, publish, shared_family

pytestmark = pytest.mark.anyio

REASON = {"reason": "The receiver moves to the new platform."}


@pytest.fixture
async def second(world: World) -> Caller:
    """Another administrator of the school."""
    return await another_manager(world, "school", "iris", roles=["agency_administrator"])


async def propose(who: Caller, made: dict[str, Any], url: str) -> Any:
    return await who.post(f"/v1/webhooks/{made['id']}/url-changes", {"url": url, **REASON})


async def decide(who: Caller, change: dict[str, Any], outcome: str = "approved") -> Any:
    path = f"/v1/webhooks/{change['subscription_id']}/url-changes/{change['id']}/decide"
    return await who.post(path, {"outcome": outcome}, headers=etag(change))


async def test_two_administrators_move_it_and_the_old_address_is_told(
    world: World, second: Caller
) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.school_system)
    async with (
        receiver() as old,
        receiver() as new,
        courier_of(world) as courier,
        subscribed(world, world.school_system, old, courier=courier) as made,
    ):
        proposed = await propose(world.owen, made, new.url)
        assert (proposed.status_code, proposed.json()["status"]) == (201, "proposed")
        assert (await decide(world.owen, proposed.json())).status_code == 409
        assert await status_of(world.school_system, made) == "active"
        approved = await decide(second, proposed.json())
        assert (approved.status_code, approved.json()["status"]) == (200, "approved")
        assert await status_of(world.school_system, made) == "pending_verification"
        await publish(world, family)
        await deliver(world, courier)
        assert old.types == ["webhook.moved"]
        assert new.url not in str(old.events[0].json)
        assert [each.type for each in new.requests] == ["webhook.verification", "alert.published"]
        shown = (await world.school_system.get(f"/v1/webhooks/{made['id']}")).json()
        assert (shown["url"], shown["status"]) == (new.url, "active")
        assert (await decide(second, approved.json())).status_code == 409
        listed = await world.owen.get(f"/v1/webhooks/{made['id']}/url-changes")
        assert listed.json()["items"] == [approved.json()]
        told = [each["type"] for each in await news(world.school_system, mark)]
        assert [each for each in told if "url" in each] == [
            "webhook.url_change_proposed", "webhook.url_changed",
        ]  # fmt: skip


async def test_what_is_refused_changes_nothing(world: World, second: Caller) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        change = (await propose(world.owen, made, "http://127.0.0.1:9/other")).json()
        assert (await propose(second, made, "http://127.0.0.1:9/third")).status_code == 409
        assert (await decide(second, change, "refused")).json()["status"] == "refused"
        shown = (await world.school_system.get(f"/v1/webhooks/{made['id']}")).json()
        assert (shown["url"], shown["status"]) == (there.url, "active")
        assert (await propose(second, made, "http://127.0.0.1:9/third")).status_code == 201


async def test_an_address_that_is_not_called_is_refused_when_it_is_proposed(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for url in ("https://elsewhere.example/", "http://10.0.0.1/", "javascript:alert(1)"):
            refused = await propose(world.owen, made, url)
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == "/url"


async def test_a_challenge_on_its_way_to_another_address_verifies_nothing(
    world: World, second: Caller
) -> None:
    """It was claimed before the address changed, and is answered rightly by the one before."""
    async with (
        receiver() as old,
        receiver(refuse) as new,
        courier_of(world) as courier,
        courier_of(world) as answered,
    ):
        made = await subscribe(world.school_system, old.url, ["alert.*"])
        assert await answered.step() == 1
        await sent(answered)
        change = (await propose(world.owen, made, new.url)).json()
        assert (await decide(second, change)).status_code == 200
        await answered.record()
        assert old.requests
        assert await status_of(world.school_system, made) == "pending_verification"
        await deliver(world, courier)
        assert [each.type for each in new.requests] == ["webhook.verification"]
        assert await status_of(world.school_system, made) == "pending_verification"
        log = await world.school_system.get(f"/v1/webhooks/{made['id']}/deliveries")
        states = sorted(
            each["status"] for each in log.json()["items"] if each["kind"] == "verification"
        )
        assert states == ["cancelled", "pending"]
        await revoke(world.school_system, made)


async def test_a_new_receiver_begins_well_whatever_the_old_one_did(
    world: World, second: Caller, superuser: Any
) -> None:
    """The old one had failed for days: neither its retries nor its probes are the new one's."""
    family = await shared_family(world)
    async with (
        receiver() as old,
        receiver() as new,
        courier_of(world) as courier,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        subscribed(world, world.school_system, old, courier=courier) as made,
    ):
        alerts = [await publish(world, family, severity="caution") for _ in range(6)]
        await fan_out(world.worker)
        for _ in range(3):
            await failing.step()
            await failing.drain()
        assert await status_of(world.school_system, made) == "degraded"
        await superuser.execute(
            "UPDATE endpoint_health SET degraded_at = degraded_at - interval '80 hours'"
            " WHERE subscription_id = $1",
            UUID(made["id"]),
        )
        change = (await propose(world.owen, made, new.url)).json()
        assert (await decide(second, change)).status_code == 200
        path = f"/v1/webhooks/{made['id']}"
        health = (await world.school_system.get(path)).json()["health"]
        assert (health["failures_in_row"], health["next_probe_at"], health["degraded_at"]) == (
            0, None, None,
        )  # fmt: skip
        assert (await world.school_system.post(f"{path}/test")).status_code == 409
        mark = await bookmark(world.school_system)
        await deliver(world, courier)
        told = {each.data["resource"]["id"] for each in new.events if each.type != "webhook.moved"}
        assert told == {each["id"] for each in alerts}
        assert old.types == ["webhook.moved"]
        shown = (await world.school_system.get(path)).json()
        assert (shown["status"], shown["health"]["in_flight_at_most"]) == ("active", 4)
        told_of = [each["type"] for each in await news(world.school_system, mark)]
        assert [each for each in told_of if each.startswith("webhook.")] == ["webhook.activated"]


async def test_what_is_in_flight_to_the_old_address_is_repeated_to_the_new_one(
    world: World, second: Caller
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as old,
        receiver() as new,
        courier_of(world) as courier,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        subscribed(world, world.school_system, old, courier=courier) as made,
    ):
        alert = await publish(world, family)
        await fan_out(world.worker)
        assert await failing.step() == 1
        await sent(failing)
        change = (await propose(world.owen, made, new.url)).json()
        assert (await decide(second, change)).status_code == 200
        await failing.record()
        await deliver(world, courier)
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
        assert [each.data["resource"]["id"] for each in new.events] == [alert["id"]]
        assert old.types == ["webhook.moved"]


async def refuse(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(response(500))


async def test_neither_a_system_nor_another_agency_moves_it(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        url = "http://127.0.0.1:9/other"
        assert (await propose(world.school_system, made, url)).status_code == 403
        assert (await propose(world.tessa, made, url)).status_code == 403
        change = (await propose(world.owen, made, url)).json()
        path = f"/v1/webhooks/{made['id']}/url-changes"
        assert (await world.police_system.get(path)).status_code == 404
        stale = await decide(world.owen, {**change, "version": 9})
        assert stale.status_code == 412
        absent = await decide(world.owen, {**change, "id": made["id"]})
        assert absent.status_code == 404


async def test_of_a_revoked_one_nothing_is_changed(world: World, second: Caller) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        change = (await propose(world.owen, made, "http://127.0.0.1:9/other")).json()
    assert (await decide(second, change)).status_code == 409
    assert (await propose(world.owen, made, "http://127.0.0.1:9/other")).status_code == 409
