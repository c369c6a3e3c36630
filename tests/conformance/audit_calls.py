"""How the operations of the audit are asked."""

from typing import Any

from api.audit.service import make_checkpoint
from api.journal import chain
from tests.conformance.routes import Call, call, call_of
from tests.conformance.scene import Scene


async def _latest_checkpoint(scene: Scene) -> str:
    """The worker has come by; the clock stands, so that it made one today at most."""
    world = scene.world
    while await chain.seal(world.worker):
        continue
    await make_checkpoint(world.worker)
    listed = await world.police_system.get("/v1/audit/checkpoints")
    found: list[dict[str, Any]] = listed.json()["items"]
    return str(found[0]["id"])


@call_of("list_audit", by="owen")
async def _(scene: Scene) -> Call:
    """Only what the school has read of alerts: an agency that never did is shown nothing."""
    alert = await scene.alert_once_told()
    await scene.world.owen.get(f"/v1/alerts/{alert['id']}")
    asked = call("list_audit")
    asked.params = {"action": "alert.read"}
    return asked


@call_of("list_checkpoints", by="police_system")
async def _(scene: Scene) -> Call:
    await _latest_checkpoint(scene)
    return call("list_checkpoints")


@call_of("get_checkpoint", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_checkpoint", checkpoint_id=await _latest_checkpoint(scene))
