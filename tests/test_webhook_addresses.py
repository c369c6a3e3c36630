"""Another address for a subscription takes two administrators, and is told to the old one."""

from typing import Any

import pytest

from tests.governing import another_manager
from tests.involving import bookmark, news
from tests.posting import courier_of, deliver, status_of, subscribed
from tests.receivers import receiver
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
