"""Who may see what is asked again at every attempt: suspension, leaving, tombstones, receipts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.heartbeats import beat
from tests.leaving import leave, operate, withdraw
from tests.posting import (
    Scripted,
    courier_of,
    deliver,
    log_of,
    rows_of,
    subscribe,
    subscribed,
)
from tests.receivers import answering, receiver, take
from tests.world import BASE_URL, World, etag, join, key, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_nothing_leaves_for_a_suspended_agency_and_all_of_it_afterwards(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        alerts = [await publish(world, family)]
        await fan_out(world.worker)
        await operate(world, "suspend", "school")
        alerts.append(await publish(world, family))
        await deliver(world, courier)
        assert there.events == []
        await operate(world, "reactivate", "school")
        await deliver(world, courier)
        told = [each.data["resource"]["id"] for each in there.events]
        assert told == [each["id"] for each in alerts]


async def test_nothing_leaves_for_the_subscription_of_a_revoked_client(world: World) -> None:
    await world.add_agency("housing", {"henry": ["agency_administrator"]})
    family = await shared_family(world)
    assert (await join(world, family, world.housing_system)).status_code == 201
    async with receiver() as there, courier_of(world) as courier:
        await subscribe(world.housing_system, there.url, ["alert.*"])
        await deliver(world, courier)
        path = f"/v1/agencies/{world.agencies['housing'].id}/clients"
        client = (await world.henry.get(path)).json()["items"][0]
        revoked = await world.henry.post(
            f"{path}/{client['id']}/revoke", {}, headers={**etag(client), **key()}
        )
        assert revoked.status_code == 200, revoked.text
        await publish(world, family)
        await deliver(world, courier)
        assert there.events == []


async def test_what_may_no_longer_be_read_becomes_a_tombstone_at_its_position(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        alert = await publish(world, family)
        await deliver(world, courier)
        whole = there.events[0]
        assert whole.type == "alert.published"

        await leave(world.school_system, family)
        there.forget()
        for _ in range(2):
            world.clock.advance(timedelta(minutes=1))
            await deliver(world, courier)
        there.behaviour = take
        world.clock.advance(timedelta(minutes=5))
        await deliver(world, courier)

        tombstones = there.events
        delivery = (await rows_of(superuser, made))[0]
        assert {each.type for each in tombstones} == {"event.withheld"}
        assert {each.message_id for each in tombstones} == {str(delivery["id"])}
        assert whole.message_id != tombstones[0].message_id
        assert tombstones[0].data == {
            **whole.data, "event_id": None, "family_id": None, "resource": None,
        }  # fmt: skip
        assert alert["id"].encode() not in tombstones[0].body
        assert family["id"].encode() not in tombstones[0].body
        assert (await log_of(world.school_system, made))[0]["status"] == "delivered"
        noted = await superuser.fetch(
            "SELECT * FROM audit_entries WHERE action = 'webhook.withheld'"
        )
        assert len(noted) == len(tombstones)
        assert {str(each["resource_id"]) for each in noted} == {made["id"]}
        assert {each["family_id"] for each in noted} == {None}
        details = {"delivery": str(delivery["id"]), "agency": str(delivery["agency_id"])}
        assert [orjson.loads(each["details"]) for each in noted] == [details] * len(noted)


async def test_entitlement_lost_before_the_first_attempt_leaves_a_tombstone_too(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        await publish(world, family)
        await fan_out(world.worker)
        await leave(world.school_system, family)
        await publish(world, family)
        await deliver(world, courier)
        assert there.types == ["event.withheld"]


async def test_who_comes_back_before_a_retry_is_told_the_whole(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, ["alert.published"], courier=courier),
    ):
        alert = await publish(world, family)
        await fan_out(world.worker)
        await leave(world.school_system, family)
        await deliver(world, courier)
        assert (await join(world, family, world.school_system)).status_code == 201
        there.behaviour = take
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
        assert there.types == ["event.withheld", "alert.published"]
        assert there.events[1].data["resource"]["id"] == alert["id"]
        assert there.events[0].message_id != there.events[1].message_id


async def test_a_withdrawal_reaches_who_has_left_with_the_id_alone(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        alert = await publish(world, family)
        await deliver(world, courier)
        await leave(world.school_system, family)
        await withdraw(world, alert)
        await deliver(world, courier)
        receipt = there.events[-1]
        assert receipt.type == "alert.recalled"
        assert receipt.data["family_id"] is None
        url = f"{BASE_URL}/v1/recalls/{alert['id']}"
        assert receipt.data["resource"] == {
            "type": "alert", "id": alert["id"], "version": None, "url": url,
        }  # fmt: skip
        assert receipt.data["event_id"] == receipt.message_id
        assert family["id"].encode() not in receipt.body


async def test_a_withdrawal_does_not_reach_who_was_never_told(world: World) -> None:
    family = await shared_family(world)
    await leave(world.school_system, family)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        await withdraw(world, await publish(world, family))
        await deliver(world, courier)
        assert there.events == []


async def test_the_publishers_own_subscription_gets_its_events_and_the_outsiders_none(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as own,
        receiver() as outside,
        courier_of(world) as courier,
        subscribed(world, world.health_visiting_system, own, courier=courier),
        subscribed(world, world.probation_system, outside, courier=courier),
    ):
        alert = await publish(world, family)
        await deliver(world, courier)
        assert [each.data["resource"]["id"] for each in own.events] == [alert["id"]]
        assert outside.events == []


async def test_messages_about_the_subscription_take_the_same_way(
    world: World, superuser: Any
) -> None:
    """The challenge, a test, a heartbeat, a farewell, a probe: no domain, no call."""
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world, script) as recording,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        path = f"/v1/webhooks/{made['id']}"
        assert (await world.school_system.post(f"{path}/test")).status_code == 202
        world.clock.advance(timedelta(seconds=made["heartbeat_seconds"]))
        assert await beat(world.worker) >= 1
        await superuser.execute(
            "INSERT INTO deliveries (id, subscription_id, agency_id, kind, priority, status,"
            " due_at, first_due_at, attempts, url) SELECT gen_random_uuid(), id, agency_id,"
            " 'moved', 'routine', 'pending', $2, $2, 0, 'https://gone.example/'"
            " FROM subscriptions WHERE id = $1",
            UUID(made["id"]),
            world.clock.now(),
        )
        await superuser.execute(
            "UPDATE subscriptions SET url = 'https://gone.example/' WHERE id = $1",
            UUID(made["id"]),
        )
        await recording.step()
        await recording.drain()
        await superuser.execute(
            "UPDATE subscriptions SET status = 'pending_verification' WHERE id = $1",
            UUID(made["id"]),
        )
        await superuser.execute(
            "UPDATE deliveries SET status = 'pending', due_at = $2, attempts = 0"
            " WHERE subscription_id = $1 AND kind = 'verification'",
            UUID(made["id"]),
            world.clock.now(),
        )
        await recording.step()
        await recording.drain()
        assert script.posted == []
        made_attempts = await superuser.fetch(
            "SELECT d.kind, a.outcome FROM attempts a JOIN deliveries d ON d.id = a.delivery_id"
            " WHERE a.subscription_id = $1 AND a.outcome <> 'delivered'",
            UUID(made["id"]),
        )
        assert {tuple(each) for each in made_attempts} == {
            (kind, "destination_refused") for kind in ("test", "heartbeat", "moved", "verification")
        }


async def test_a_domain_taken_off_the_list_is_not_called_any_more(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    script = Scripted()
    async with (
        receiver() as there,
        courier_of(world, script) as recording,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await superuser.execute(
            "UPDATE subscriptions SET url = 'https://gone.example/' WHERE id = $1",
            made["id"],
        )
        await publish(world, family)
        await deliver(world, recording)
        assert script.posted == []
        log = (await log_of(world.school_system, made))[0]
        assert (log["status"], log["attempts"][0]["outcome"]) == ("pending", "destination_refused")
