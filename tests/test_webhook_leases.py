"""At least once, and never twice at the same time: claims, leases and their fencing tokens."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from api.webhooks import claims
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import (
    LEASE_RAN_OUT,
    Scripted,
    courier_of,
    deliver,
    eventually,
    log_of,
    rows_of,
    sent,
    status_of,
    subscribed,
)
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_what_a_killed_worker_had_sent_and_not_recorded_is_sent_again(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as killed,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        assert await killed.step() == 1
        await sent(killed)
        assert len(there.events) == 1

        assert (await courier.sweep(), await courier.step()) == (0, 0)
        world.clock.advance(LEASE_RAN_OUT)
        assert await courier.sweep() == 1
        await deliver(world, courier)
        first, second = there.events
        assert first.message_id == second.message_id
        log = (await log_of(world.school_system, made))[0]
        assert (log["status"], [each["number"] for each in log["attempts"]]) == ("delivered", [2])


@pytest.mark.parametrize("late", [Answer("http_5xx", 500), Answer("delivered", 200)])
async def test_who_lost_the_lease_records_nothing(
    world: World, superuser: Any, late: Answer
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(late)) as slow,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await slow.step()
        await sent(slow)
        world.clock.advance(LEASE_RAN_OUT)
        await courier.sweep()
        before = await rows_of(superuser, made)
        await slow.record()
        assert await rows_of(superuser, made) == before
        assert before[0]["status"] == "pending"

        await deliver(world, courier)
        log = (await log_of(world.school_system, made))[0]
        assert (log["status"], len(log["attempts"])) == ("delivered", 1)
        assert await slow.step() == 0


async def test_a_late_record_cannot_close_the_attempt_of_another_worker(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as slow,
        courier_of(world, Scripted()) as second,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await slow.step()
        await sent(slow)
        world.clock.advance(LEASE_RAN_OUT)
        await second.sweep()
        assert await second.step() == 1
        await slow.record()
        row = (await rows_of(superuser, made))[0]
        assert (row["status"], row["attempts"]) == ("sending", 2)
        await second.drain()
        row = (await rows_of(superuser, made))[0]
        assert (row["status"], row["lease_token"], row["lease_until"]) == ("delivered", None, None)
        assert row["finished_at"] == world.clock.now()


async def test_a_lease_outlasts_an_attempt(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted()) as holding,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await holding.step()
        row = (await rows_of(superuser, made))[0]
        assert (row["lease_until"] - world.clock.now()).total_seconds() == 30
        assert row["lease_token"] is not None


async def test_two_workers_at_once_send_no_attempt_twice(world: World) -> None:
    family = await shared_family(world)
    scripts = [Scripted(), Scripted(), Scripted()]
    async with (
        receiver() as there,
        courier_of(world, scripts[0]) as one,
        courier_of(world, scripts[1]) as two,
        courier_of(world, scripts[2]) as three,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        alerts = [await publish(world, family) for _ in range(30)]
        await asyncio.gather(*(deliver(world, each) for each in (one, two, three)))
        times_sent = Counter(each for script in scripts for each in script.ids)
        assert len(times_sent) == len(alerts)
        assert set(times_sent.values()) == {1}
        log = await log_of(world.school_system, made)
        assert [each["status"] for each in log] == ["delivered"] * len(alerts)


async def test_workers_at_once_keep_to_four_in_flight_together(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted()) as one,
        courier_of(world, Scripted()) as two,
        courier_of(world, Scripted()) as three,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(12):
            await publish(world, family)
        await fan_out(world.worker)
        for _ in range(3):
            started = await asyncio.gather(one.step(), two.step(), three.step())
            assert sum(started) == 4
            rows = await rows_of(superuser, made)
            assert [each["status"] for each in rows].count("sending") == 4
            await asyncio.gather(one.drain(), two.drain(), three.drain())


async def test_two_workers_fan_an_inbox_out_once_and_in_one_chain(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(5):
            publishing = asyncio.gather(*(publish(world, family) for _ in range(4)))
            await asyncio.gather(*(fan_out(world.worker) for _ in range(4)))
            await publishing
        while await fan_out(world.worker):
            pass
        rows = await rows_of(superuser, made)
        positions = [each["position"] for each in rows]
        assert len(positions) == len(set(positions)) == 20
        assert [each["previous"] for each in rows[1:]] == positions[:-1]


async def test_an_inbox_longer_than_a_batch_is_fanned_out_whole(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.fan_out.BATCH", 2)
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(5):
            await publish(world, family)
        await deliver(world, courier)
        rows = await rows_of(superuser, made)
        assert len(rows) == 5
        assert [each["previous"] for each in rows[1:]] == [each["position"] for each in rows[:-1]]


async def test_what_cannot_be_recorded_now_is_recorded_later(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.delivery.RECORD_BATCH", 1)
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(3):
            await publish(world, family)
        await fan_out(world.worker)
        await courier.step()
        await sent(courier)
        await superuser.execute("REVOKE INSERT ON attempts FROM doorstep_worker")
        try:
            await courier.drain()
        finally:
            await superuser.execute("GRANT INSERT ON attempts TO doorstep_worker")
        assert {each["status"] for each in await rows_of(superuser, made)} == {"sending"}
        await courier.drain()
        log = await log_of(world.school_system, made)
        assert [(each["status"], len(each["attempts"])) for each in log] == [("delivered", 1)] * 3
        assert len(there.events) == 3


async def test_what_is_claimed_with_a_record_heeds_what_was_recorded(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(12):
            await publish(world, family)
        await fan_out(world.worker)
        started = []
        for _ in range(3):
            started.append(await failing.step())
            await sent(failing)
        assert started == [4, 4, 0]
        assert await status_of(world.school_system, made) == "degraded"
        log = await log_of(world.school_system, made)
        assert sum(len(each["attempts"]) for each in log) == 8


async def test_a_claim_that_is_broken_off_keeps_nobody_waiting(
    world: World, superuser: Any
) -> None:
    """A worker that is told to stop may be in the middle of a statement: here it waits for its
    turn. Nothing of it stays behind, not even its place in the queue."""
    turns = (
        "FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
    )
    waiting, held = f"SELECT EXISTS (SELECT {turns} AND NOT granted)", f"SELECT count(*) {turns}"
    async with courier_of(world) as courier, superuser.transaction():
        await superuser.execute(str(claims.TAKE_TURN))
        step = asyncio.create_task(courier.step())
        await eventually(lambda: superuser.fetchval(waiting))
        step.cancel()
        await asyncio.wait({step})
        assert step.cancelled()
        await eventually(lambda: superuser.fetchval(f"SELECT ({held}) = 1"))
    assert await superuser.fetchval(held) == 0
    async with courier_of(world) as courier:
        assert await courier.step() == 0
