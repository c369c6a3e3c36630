"""How each operation on break-glass is asked: on families that the reader's agency is not
involved with."""

from typing import Any

from tests.breaking import opened
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key, publish, register

READER = "police-everything"


async def _opened(scene: Scene) -> dict[str, Any]:
    """By somebody of the police, on a family that health visiting leads."""
    family = await register(scene.world)
    await publish(scene.world, family)
    return await opened(scene.world.people[READER], family)


@call_of("open_break_glass", by=READER)
async def _(scene: Scene) -> Call:
    family = await register(scene.world)
    return call("open_break_glass", example("open_break_glass"), key(), family_id=family["id"])


@call_of("list_break_glass", by="hv-information_governance")
async def _(scene: Scene) -> Call:
    await _opened(scene)
    return call("list_break_glass")


@call_of("get_break_glass", by="hv-information_governance")
async def _(scene: Scene) -> Call:
    grant = await _opened(scene)
    await scene.world.people[READER].get(f"/v1/families/{grant['family_id']}/banner")
    return call("get_break_glass", break_glass_id=grant["id"])


@call_of("end_break_glass", by=READER)
async def _(scene: Scene) -> Call:
    grant = await _opened(scene)
    return call("end_break_glass", None, key() | etag(grant), break_glass_id=grant["id"])


@call_of("review_break_glass", by="hv-information_governance")
async def _(scene: Scene) -> Call:
    grant = await _opened(scene)
    body = example("review_break_glass")
    return call("review_break_glass", body, key() | etag(grant), break_glass_id=grant["id"])
