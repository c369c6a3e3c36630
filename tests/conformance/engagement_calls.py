"""How each operation on a family's engagement is asked: observations, constraints, profile …"""

from typing import Any

from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.engaging import BODIES, ask_to_record, correct
from tests.world import etag, key

AS_POLICE = {"name": "PC J. Wood", "job_title": "police constable"}
OBSERVATIONS, ADVICE = "engagement/observations", "engagement/expert-advice"
INABILITIES, CONSTRAINTS = "engagement/inabilities", "assessment-constraints"


def _by_police(name: str, **changes: Any) -> dict[str, Any]:
    """The documented body, by a system that names its practitioner."""
    body: dict[str, Any] = example(name) | {"practitioner": AS_POLICE}
    return body | changes


async def _recorded(scene: Scene, what: str) -> dict[str, Any]:
    family = await scene.family_once_shared()
    answer = await ask_to_record(scene.world.police_system, family, what, BODIES[what]())
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    return row


async def _corrected(scene: Scene, what: str) -> dict[str, Any]:
    row = await _recorded(scene, what)
    answer = await correct(scene.world.police_system, what, row)
    assert answer.status_code == 200, answer.text
    return row


async def _on(scene: Scene, name: str, what: str, id_name: str, body: Any) -> Call:
    row = await _recorded(scene, what)
    return call(name, body, key() | etag(row), **{id_name: row["id"]})


@call_of("record_observation", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    return call(
        "record_observation", _by_police("record_observation"), key(), family_id=family["id"]
    )


@call_of("list_observations", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _recorded(scene, OBSERVATIONS)
    return call("list_observations", family_id=row["family_id"])


@call_of("get_observation", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _recorded(scene, OBSERVATIONS)
    return call("get_observation", observation_id=row["id"])


@call_of("list_observation_versions", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _corrected(scene, OBSERVATIONS)
    return call("list_observation_versions", observation_id=row["id"])


@call_of("correct_observation", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("correct_observation")
    return await _on(scene, "correct_observation", OBSERVATIONS, "observation_id", body)


@call_of("record_advice", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    return call("record_advice", _by_police("record_advice"), key(), family_id=family["id"])


@call_of("list_advice", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _recorded(scene, ADVICE)
    return call("list_advice", family_id=row["family_id"])


@call_of("get_advice", by="school_system")
async def _(scene: Scene) -> Call:
    return call("get_advice", advice_id=(await _recorded(scene, ADVICE))["id"])


@call_of("list_advice_versions", by="school_system")
async def _(scene: Scene) -> Call:
    return call("list_advice_versions", advice_id=(await _corrected(scene, ADVICE))["id"])


@call_of("correct_advice", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("correct_advice")
    return await _on(scene, "correct_advice", ADVICE, "advice_id", body)


@call_of("record_inability", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    school = str(scene.world.agencies["school"].id)
    cover = {"agency_id": school, "statement": "The school sees the child every day."}
    body = _by_police("record_inability", cover=cover)
    return call("record_inability", body, key(), family_id=family["id"])


@call_of("list_inabilities", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _recorded(scene, INABILITIES)
    return call("list_inabilities", family_id=row["family_id"])


@call_of("get_inability", by="school_system")
async def _(scene: Scene) -> Call:
    return call("get_inability", inability_id=(await _recorded(scene, INABILITIES))["id"])


@call_of("list_inability_versions", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _corrected(scene, INABILITIES)
    return call("list_inability_versions", inability_id=row["id"])


@call_of("correct_inability", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("correct_inability")
    return await _on(scene, "correct_inability", INABILITIES, "inability_id", body)


@call_of("resolve_inability", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("resolve_inability")
    return await _on(scene, "resolve_inability", INABILITIES, "inability_id", body)


@call_of("record_constraint", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    body = _by_police("record_constraint", member_id=family["members"][0]["id"])
    return call("record_constraint", body, key(), family_id=family["id"])


@call_of("list_constraints", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _recorded(scene, CONSTRAINTS)
    return call("list_constraints", family_id=row["family_id"])


@call_of("get_constraint", by="school_system")
async def _(scene: Scene) -> Call:
    return call("get_constraint", constraint_id=(await _recorded(scene, CONSTRAINTS))["id"])


@call_of("list_constraint_versions", by="school_system")
async def _(scene: Scene) -> Call:
    row = await _corrected(scene, CONSTRAINTS)
    return call("list_constraint_versions", constraint_id=row["id"])


@call_of("correct_constraint", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("correct_constraint")
    return await _on(scene, "correct_constraint", CONSTRAINTS, "constraint_id", body)


@call_of("resolve_constraint", by="police_system")
async def _(scene: Scene) -> Call:
    body = _by_police("resolve_constraint")
    return await _on(scene, "resolve_constraint", CONSTRAINTS, "constraint_id", body)


@call_of("get_profile", by="school_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    path = f"/v1/families/{family['id']}/engagement/profile"
    body = _by_police("change_profile")
    await scene.world.police_system.patch(path, body, headers={"If-Match": '"0"'})
    return call("get_profile", family_id=family["id"])


@call_of("change_profile", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    headers = {"If-Match": '"0"'}
    return call("change_profile", _by_police("change_profile"), headers, family_id=family["id"])


@call_of("list_profile_versions", by="school_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    path = f"/v1/families/{family['id']}/engagement/profile"
    body = _by_police("change_profile")
    await scene.world.police_system.patch(path, body, headers={"If-Match": '"0"'})
    return call("list_profile_versions", family_id=family["id"])
