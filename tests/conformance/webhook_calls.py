"""How the routes of webhooks are called."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from api.webhooks.models import Attempt, Delivery, Subscription
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import HOOK_DOMAIN, Scene
from tests.governing import another_manager
from tests.world import etag, key

WEBHOOK = {"url": f"https://{HOOK_DOMAIN}/doorstep", "event_types": ["alert.*"]}


async def _subscription(scene: Scene) -> dict[str, Any]:
    answer = await scene.world.health_visiting_system.post("/v1/webhooks", WEBHOOK)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _make_room(scene: Scene) -> None:
    """An agency has room for twenty: those of standing calls stay."""
    caller = scene.world.health_visiting_system
    standing = {each.ids.get("subscription_id") for each in scene.standing.values()}
    listed = (await caller.get("/v1/webhooks")).json()["items"]
    for each in (one for one in listed if one["id"] not in standing):
        await caller.delete(f"/v1/webhooks/{each['id']}", headers=etag(each))


@call_of("create_webhook", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    return call("create_webhook", example("create_webhook"), key())


@call_of("list_webhooks", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    await _subscription(scene)
    return call("list_webhooks")


@call_of("get_webhook", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    return call("get_webhook", subscription_id=(await _subscription(scene))["id"])


@call_of("revoke_webhook", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    made = await _subscription(scene)
    return call("revoke_webhook", None, etag(made), subscription_id=made["id"])


@call_of("list_deliveries", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    return call("list_deliveries", subscription_id=(await _subscription(scene))["id"])


@call_of("list_attempts", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _make_room(scene)
    made = await _subscription(scene)
    await _attempted(scene, UUID(made["id"]))
    return call("list_attempts", subscription_id=made["id"])


async def _attempted(scene: Scene, subscription_id: UUID) -> None:
    """One attempt of its challenge, as the worker notes it."""
    async with scene.world.worker.database.session() as session:
        [delivery] = await session.scalars(
            select(Delivery).where(Delivery.subscription_id == subscription_id)
        )
        session.add(
            Attempt(
                delivery_id=delivery.id,
                subscription_id=subscription_id,
                agency_id=delivery.agency_id,
                number=1,
                started_at=scene.world.clock.now(),
                duration_ms=84,
                http_status=503,
                outcome="http_5xx",
            )
        )
        await session.commit()


async def _of_status(scene: Scene, status: str) -> dict[str, Any]:
    """As the worker leaves it."""
    await _make_room(scene)
    made = await _subscription(scene)
    async with scene.world.worker.database.session() as session:
        given = {"status": status, "held_at": scene.world.clock.now()}
        await session.execute(
            update(Subscription).where(Subscription.id == UUID(made["id"])).values(**given)
        )
        await session.commit()
    return made


@call_of("rotate_webhook_keys", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    made = await _of_status(scene, "active")
    body = example("rotate_webhook_keys")
    return call("rotate_webhook_keys", body, etag(made), subscription_id=made["id"])


@call_of("hold_webhook", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    made = await _of_status(scene, "active")
    return call("hold_webhook", None, etag(made), subscription_id=made["id"])


@call_of("resume_webhook", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    made = await _of_status(scene, "held")
    return call("resume_webhook", None, etag(made), subscription_id=made["id"])


@call_of("send_test_message", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    made = await _of_status(scene, "active")
    return call("send_test_message", None, subscription_id=made["id"])


async def _replayed(scene: Scene) -> dict[str, Any]:
    made = await _of_status(scene, "active")
    path = f"/v1/webhooks/{made['id']}/replays"
    body = {"which": "all", "from_position": 1}
    started = await scene.world.health_visiting_system.post(path, body)
    assert started.status_code == 201, started.text
    job: dict[str, Any] = started.json()
    return job


@call_of("start_replay", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    made = await _of_status(scene, "active")
    body = {**example("start_replay"), "from_position": 1}
    return call("start_replay", body, subscription_id=made["id"])


@call_of("list_replays", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    job = await _replayed(scene)
    return call("list_replays", subscription_id=job["subscription_id"])


@call_of("get_replay", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    job = await _replayed(scene)
    return call("get_replay", subscription_id=job["subscription_id"], replay_id=job["id"])


@call_of("cancel_replay", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    job = await _replayed(scene)
    ids = {"subscription_id": job["subscription_id"], "replay_id": job["id"]}
    return call("cancel_replay", None, etag(job), **ids)


@call_of("propose_url", by="hv-agency_administrator")
async def _(scene: Scene) -> Call:
    body = {"url": f"https://{HOOK_DOMAIN}/moved", "reason": "It moves."}
    return call("propose_url", body, subscription_id=(await _of_status(scene, "active"))["id"])


async def _proposed(scene: Scene) -> dict[str, Any]:
    """By another administrator than the one who decides."""
    made = await _of_status(scene, "active")
    roles = ["agency_administrator"]
    proposer = await another_manager(scene.world, "health_visiting", "proposer", roles=roles)
    body = {"url": f"https://{HOOK_DOMAIN}/moved", "reason": "It moves."}
    answer = await proposer.post(f"/v1/webhooks/{made['id']}/url-changes", body)
    assert answer.status_code == 201, answer.text
    change: dict[str, Any] = answer.json()
    return change


@call_of("list_url_changes", by="hv-agency_administrator")
async def _(scene: Scene) -> Call:
    return call("list_url_changes", subscription_id=(await _proposed(scene))["subscription_id"])


@call_of("decide_url", by="hv-agency_administrator")
async def _(scene: Scene) -> Call:
    change = await _proposed(scene)
    ids = {"subscription_id": change["subscription_id"], "change_id": change["id"]}
    return call("decide_url", example("decide_url"), etag(change), **ids)
