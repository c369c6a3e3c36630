"""Replays: a range is sent again at its own pace, with the same ids, to who may still read it."""

from typing import Any

import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.replays import queueing
from api.webhooks.replays.queueing import queue_replays
from api.webhooks.sending import Answer
from tests.involving import leave
from tests.posting import Scripted, courier_of, deliver, rows_of, subscribed
from tests.receivers import receiver
from tests.world import Caller, World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


async def start(who: Caller, made: dict[str, Any], **body: Any) -> Any:
    return await who.post(f"/v1/webhooks/{made['id']}/replays", {"which": "all", **body})


async def run(world: World, courier: Any) -> None:
    while await queue_replays(world.worker):
        await deliver(world, courier)


async def test_all_of_a_range_comes_again_with_the_same_ids_and_chain(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "BATCH", 2)
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(5):
            await publish(world, family)
        await deliver(world, courier)
        first = {each.message_id: each.data for each in there.events}
        before = await rows_of(superuser, made)
        there.forget()
        lowest = before[1]["position"]
        job = (await start(world.school_system, made, from_position=lowest)).json()
        assert (job["status"], job["queued"]) == ("running", 0)
        await run(world, courier)
        again = {each.message_id: each.data for each in there.events}
        assert again == {key: data for key, data in first.items() if data["position"] >= lowest}
        path = f"/v1/webhooks/{made['id']}/replays"
        shown = (await world.school_system.get(f"{path}/{job['id']}")).json()
        assert (shown["status"], shown["queued"]) == ("done", 4)
        listed = (await world.school_system.get(path)).json()["items"]
        assert [each["id"] for each in listed] == [job["id"]]
        after = await rows_of(superuser, made)
        assert [each["previous"] for each in after] == [each["previous"] for each in before]


async def test_failed_are_those_that_were_given_up(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        alerts = [(await publish(world, family))["id"] for _ in range(3)]
        await deliver(world, scripted)
        rows = await rows_of(superuser, made)
        await superuser.execute(
            "UPDATE deliveries SET status = 'undeliverable' WHERE id = $1", rows[1]["id"]
        )
        script.posted.clear()
        begins = rows[0]["position"]
        job = await start(world.school_system, made, which="failed", from_position=begins)
        assert job.status_code == 201
        await run(world, scripted)
        assert len(script.posted) == 1
        assert alerts[1] in script.posted[0]["body"]


async def test_missing_is_also_what_happened_before_the_subscription(world: World) -> None:
    family = await shared_family(world)
    early = [(await publish(world, family))["id"] for _ in range(2)]
    before = [each["data"]["position"] for each in await world.school_system.events()]
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        late = (await publish(world, family))["id"]
        await deliver(world, courier)
        there.forget()
        begins = before[-2]
        answer = await start(world.school_system, made, which="missing", from_position=begins)
        assert answer.status_code == 201, answer.text
        await run(world, courier)
        told = [each.data["resource"]["id"] for each in there.events]
        assert set(early) <= set(told)
        assert late not in told


async def test_what_may_no_longer_be_read_comes_again_as_a_tombstone(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        begins = (await rows_of(superuser, made))[0]["position"]
        assert (await leave(family, world.school_system)).status_code == 200
        there.forget()
        await start(world.school_system, made, from_position=begins, to_position=begins)
        await run(world, courier)
        assert there.types == ["event.withheld"]
        assert there.events[0].data["resource"] is None


async def test_a_replay_waits_while_its_receiver_does_not_take_it_and_can_be_cancelled(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "BATCH", 2)
    monkeypatch.setattr(queueing, "WAITING_AT_MOST", 2)
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(6):
            await publish(world, family)
        await deliver(world, courier)
        begins = (await rows_of(superuser, made))[0]["position"]
        job = (await start(world.school_system, made, from_position=begins)).json()
        assert (await start(world.school_system, made, from_position=begins)).status_code == 409
        assert await queue_replays(world.worker) == 1
        await failing.step()
        await failing.drain()
        assert await queue_replays(world.worker) == 0
        path = f"/v1/webhooks/{made['id']}/replays/{job['id']}"
        shown = (await world.school_system.get(path)).json()
        assert (shown["status"], shown["queued"]) == ("running", 2)
        stale = await world.school_system.delete(path, headers=etag(job))
        assert stale.status_code == 412
        cancelled = await world.school_system.delete(path, headers=etag(shown))
        assert cancelled.json()["status"] == "cancelled"
        again = await world.school_system.delete(path, headers=etag(cancelled.json()))
        assert again.status_code == 409
        assert await queue_replays(world.worker) == 0


async def test_a_replay_ends_with_its_subscription(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        job = (await start(world.school_system, made, from_position=1)).json()
    assert await queue_replays(world.worker) == 0
    path = f"/v1/webhooks/{made['id']}/replays/{job['id']}"
    shown = (await world.school_system.get(path)).json()
    assert (shown["status"], shown["version"]) == ("cancelled", job["version"] + 1)
    assert {each["status"] for each in await rows_of(superuser, made)} == {"delivered"}


async def test_a_range_that_cannot_be_is_refused(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await fan_out(world.worker)
        for body, pointer in (
            ({"from_position": 0}, "/from_position"),
            ({"from_position": 10**9}, "/from_position"),
            ({"from_position": 5, "to_position": 4}, "/to_position"),
            ({"which": "some", "from_position": 1}, "/which"),
        ):
            refused = await start(world.school_system, made, **body)
            assert refused.status_code == 422, refused.text
            assert refused.json()["errors"][0]["pointer"] == pointer
        assert (await start(world.police_system, made, from_position=1)).status_code == 404
    assert (await start(world.school_system, made, from_position=1)).status_code == 409


async def test_replays_are_listed_page_by_page_and_to_their_agency_alone(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        jobs = []
        for _ in range(3):
            jobs.append((await start(world.school_system, made, from_position=1)).json()["id"])
            await run(world, courier)
        path = f"/v1/webhooks/{made['id']}/replays"
        first = (await world.school_system.get(path, params={"limit": 2})).json()
        rest = {"limit": 2, "cursor": first["next"]}
        second = (await world.school_system.get(path, params=rest)).json()
        shown = [each["id"] for each in (*first["items"], *second["items"])]
        assert (shown, second["next"]) == (jobs[::-1], None)
        absent = await world.school_system.get(f"{path}/{made['id']}")
        assert absent.status_code == 404
        assert (await world.police_system.get(f"{path}/{jobs[0]}")).status_code == 404
