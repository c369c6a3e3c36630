"""How each operation on written agreements is asked: on families that housing has left."""

from typing import Any

from tests import agreeing
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key


async def _drafted(scene: Scene) -> tuple[dict[str, Any], list[str]]:
    """With the parents of the family."""
    family = await scene.family_once_shared()
    return await agreeing.drafted(scene.world, family), agreeing.parents(family)


async def _given(scene: Scene) -> tuple[dict[str, Any], list[str]]:
    family = await scene.family_once_shared()
    return await agreeing.given(scene.world, family), agreeing.parents(family)


async def _in_force(scene: Scene) -> dict[str, Any]:
    made: dict[str, Any] = await agreeing.in_force(scene.world, await scene.family_once_shared())
    return made


def _on(name: str, agreement: dict[str, Any], **changes: Any) -> Call:
    body = example(name) | changes
    return call(name, body, key() | etag(agreement), agreement_id=agreement["id"])


BY_AMINA = {"author": {"staff_id": "staff-amina"}}


@call_of("draft_agreement", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    body = example("draft_agreement") | BY_AMINA
    return call("draft_agreement", body, key(), family_id=family["id"])


@call_of("list_agreements", by="police_system")
async def _(scene: Scene) -> Call:
    agreement = await _in_force(scene)
    return call("list_agreements", family_id=agreement["family_id"])


@call_of("get_agreement", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_agreement", agreement_id=(await _in_force(scene))["id"])


@call_of("list_agreement_versions", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_agreement_versions", agreement_id=(await _in_force(scene))["id"])


@call_of("list_agreement_steps", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_agreement_steps", agreement_id=(await _in_force(scene))["id"])


@call_of("change_agreement", by="amina")
async def _(scene: Scene) -> Call:
    agreement, _ = await _drafted(scene)
    return _on("change_agreement", agreement)


@call_of("give_agreement", by="amina")
async def _(scene: Scene) -> Call:
    agreement, people = await _drafted(scene)
    return _on("give_agreement", agreement, member_ids=people)


@call_of("sign_agreement", by="amina")
async def _(scene: Scene) -> Call:
    agreement, people = await _given(scene)
    return _on("sign_agreement", agreement, member_ids=people)


@call_of("review_agreement", by="amina")
async def _(scene: Scene) -> Call:
    agreement = await _in_force(scene)
    return _on("review_agreement", agreement, held_on=agreement["answered_on"])


@call_of("replace_agreement", by="amina")
async def _(scene: Scene) -> Call:
    return _on("replace_agreement", await _in_force(scene), **BY_AMINA)


@call_of("end_agreement", by="amina")
async def _(scene: Scene) -> Call:
    return _on("end_agreement", await _in_force(scene))


@call_of("hand_over_agreement", by="amina")
async def _(scene: Scene) -> Call:
    police = str(scene.world.agencies["police"].id)
    return _on("hand_over_agreement", await _in_force(scene), agency_id=police)


@call_of("record_breach", by="police_system")
async def _(scene: Scene) -> Call:
    agreement = await _in_force(scene)
    body = example("record_breach") | {"practitioner": {"staff_id": "staff-jonas"}}
    return call("record_breach", body, key(), agreement_id=agreement["id"])


@call_of("list_breaches", by="police_system")
async def _(scene: Scene) -> Call:
    agreement = await _in_force(scene)
    agreeing.done(await agreeing.breach(scene.world.jonas, agreement))
    return call("list_breaches", agreement_id=agreement["id"])
