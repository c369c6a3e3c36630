"""How each operation on sharing checks, the obligations that follow, and reflections is asked: on
families that housing has left."""

from typing import Any

from tests.checking import answered, obliged, reflected
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key


async def _check(scene: Scene) -> dict[str, Any]:
    family = await scene.family_once_shared()
    made: dict[str, Any] = await answered(scene.world.amina, family, "would_want_to_know")
    return made


async def _obligation(scene: Scene) -> dict[str, Any]:
    owed: dict[str, Any] = await obliged(scene.world.amina, await scene.family_once_shared())
    return owed


async def _reflection(scene: Scene) -> dict[str, Any]:
    made: dict[str, Any] = await reflected(scene.world.amina, await scene.family_once_shared())
    return made


@call_of("answer_sharing_check", by="amina")
async def _(scene: Scene) -> Call:
    body = example("answer_sharing_check")
    return call("answer_sharing_check", body, key(), family_id=scene.family["id"])


@call_of("list_sharing_checks", by="ruth")
async def _(scene: Scene) -> Call:
    return call("list_sharing_checks", family_id=(await _check(scene))["family_id"])


@call_of("get_sharing_check", by="ruth")
async def _(scene: Scene) -> Call:
    return call("get_sharing_check", sharing_check_id=(await _check(scene))["id"])


@call_of("list_sharing_obligations", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    await _obligation(scene)
    return call("list_sharing_obligations")


@call_of("get_sharing_obligation", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    return call("get_sharing_obligation", obligation_id=(await _obligation(scene))["id"])


@call_of("discharge_obligation", by="ruth")
async def _(scene: Scene) -> Call:
    owed, body = await _obligation(scene), example("discharge_obligation")
    given = key() | etag(owed)
    return call("discharge_obligation", body, given, obligation_id=owed["id"])


@call_of("write_reflection", by="amina")
async def _(scene: Scene) -> Call:
    body = example("write_reflection")
    return call("write_reflection", body, key(), family_id=scene.family["id"])


@call_of("list_reflections", by="ruth")
async def _(scene: Scene) -> Call:
    return call("list_reflections", family_id=(await _reflection(scene))["family_id"])


@call_of("get_reflection", by="ruth")
async def _(scene: Scene) -> Call:
    return call("get_reflection", reflection_id=(await _reflection(scene))["id"])


@call_of("revise_reflection", by="amina")
async def _(scene: Scene) -> Call:
    made, body = await _reflection(scene), example("revise_reflection")
    given = key() | etag(made)
    return call("revise_reflection", body, given, reflection_id=made["id"])


@call_of("list_reflection_versions", by="ruth")
async def _(scene: Scene) -> Call:
    return call("list_reflection_versions", reflection_id=(await _reflection(scene))["id"])
