"""How each operation on merges, contacts and moves is asked."""

from typing import Any

from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.involving import a_child, token_for
from tests.world import Caller, etag, key


async def _other_record(scene: Scene) -> dict[str, Any]:
    """A record that the police lead, and that nobody else is involved with."""
    body = example("register_family") | {"members": [a_child()], "addresses": []}
    body["involvement"]["local_id"] = body["members"][0]["identifiers"][0]["value"]
    answer = await scene.world.police_system.post("/v1/families", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _proposal(scene: Scene, by: Caller) -> tuple[dict[str, Any], dict[str, Any]]:
    """A family that health visiting leads and housing has left, and a body that merges it."""
    family, other = await scene.family_once_shared(), await _other_record(scene)
    return family, example("propose_merge") | {"join_token": await token_for(other, by)}


async def _merge(scene: Scene) -> dict[str, Any]:
    family, body = await _proposal(scene, scene.world.ruth)
    answer = await scene.world.ruth.post(f"/v1/families/{family['id']}/merges", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _agreed_merge(scene: Scene) -> dict[str, Any]:
    merge = await _merge(scene)
    path = f"/v1/merges/{merge['id']}/agree"
    answer = await scene.world.nadia.post(path, example("agree_to_merge"), headers=etag(merge))
    assert answer.status_code == 200, answer.text
    agreed: dict[str, Any] = answer.json()
    return agreed


@call_of("propose_merge", by="ruth")
async def _(scene: Scene) -> Call:
    family, body = await _proposal(scene, scene.world.ruth)
    return call("propose_merge", body, key(), family_id=family["id"])


@call_of("list_merges", by="police_system")
async def _(scene: Scene) -> Call:
    await _merge(scene)
    return call("list_merges")


@call_of("get_merge", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_merge", merge_id=(await _agreed_merge(scene))["id"])


@call_of("agree_to_merge", by="nadia")
async def _(scene: Scene) -> Call:
    merge = await _merge(scene)
    given = key() | etag(merge)
    return call("agree_to_merge", example("agree_to_merge"), given, merge_id=merge["id"])


@call_of("decline_merge", by="nadia")
async def _(scene: Scene) -> Call:
    merge = await _merge(scene)
    body = {"reason": "Two children of one name and one birthday."}
    return call("decline_merge", body, key() | etag(merge), merge_id=merge["id"])


@call_of("undo_merge", by="ruth")
async def _(scene: Scene) -> Call:
    merge = await _agreed_merge(scene)
    body = {"reason": "They are cousins after all."}
    return call("undo_merge", body, key() | etag(merge), merge_id=merge["id"])


@call_of("get_contacts", by="school_system")
async def _(scene: Scene) -> Call:
    return call("get_contacts", family_id=scene.family["id"])


@call_of("end_address", by="school_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    now = (await scene.world.school_system.get(f"/v1/families/{family['id']}")).json()
    ids = {"family_id": family["id"], "address_id": now["addresses"][0]["id"]}
    return call("end_address", example("end_address"), key() | etag(now), **ids)
