"""How each operation on incidents is asked, and on the decisions to share them."""

from typing import Any

from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene, joined, leave
from tests.hostility import (
    an_incident,
    decide,
    decide_how_to_go_on,
    not_shared_with,
    record,
    shared_with,
)
from tests.world import an_alert, etag, key, shared_family


async def _recorded(scene: Scene) -> dict[str, Any]:
    """On a family that housing, which was given the incident, has left."""
    world = scene.world
    family = await shared_family(world)
    involvement = await joined(world, family, scene.former)
    incident = await record(world, family)
    decisions = (shared_with(world.police_system), shared_with(scene.former))
    answer = await decide(incident, world.amina, *decisions)
    assert answer.status_code == 200, answer.text
    await leave(scene.former, involvement)
    return await _now(scene, incident)


async def _now(scene: Scene, incident: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = (await scene.world.amina.get(f"/v1/incidents/{incident['id']}")).json()
    return body


def _on(name: str, incident: dict[str, Any], body: Any = None) -> Call:
    return call(name, body, key() | etag(incident), incident_id=incident["id"])


@call_of("record_incident", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    """With everything that may be said at once."""
    world, family = scene.world, scene.family
    ours = an_incident(family)
    alert = example("publish_alert") | {
        name: value for name, value in an_alert(family).items() if name in ("subject", "author")
    }
    sharing = {
        "alert": alert,
        "decisions": [
            shared_with(world.police_system),
            shared_with(world.school_system, how="alert"),
        ],
    }
    body = example("record_incident") | {
        "behaved": ours["behaved"],
        "recorder": ours["recorder"],
        "sharing": sharing,
    }
    return call("record_incident", body, key(), family_id=family["id"])


@call_of("list_family_incidents", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_family_incidents", family_id=(await _recorded(scene))["family_id"])


@call_of("get_incident", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_incident", incident_id=(await _recorded(scene))["id"])


@call_of("correct_incident", by="amina")
async def _(scene: Scene) -> Call:
    body = example("correct_incident")
    del body["practitioner"]  # it is Amina's own token
    return _on("correct_incident", await _recorded(scene), body)


@call_of("list_incident_versions", by="amina")
async def _(scene: Scene) -> Call:
    return call("list_incident_versions", incident_id=(await _recorded(scene))["id"])


@call_of("decide_incident", by="ruth")
async def _(scene: Scene) -> Call:
    return _on("decide_incident", await _recorded(scene), example("decide_incident"))


@call_of("close_incident", by="ruth")
async def _(scene: Scene) -> Call:
    world, incident = scene.world, await _recorded(scene)
    await decide(incident, world.amina, not_shared_with(world.school_system))
    incident = await _now(scene, incident)
    answer = await decide_how_to_go_on(incident, world.ruth)
    assert answer.status_code == 200, answer.text
    return _on("close_incident", answer.json())


@call_of("enter_incident_in_error", by="ruth")
async def _(scene: Scene) -> Call:
    body = example("enter_incident_in_error")
    return _on("enter_incident_in_error", await _recorded(scene), body)


@call_of("list_sharing_decisions", by="amina")
async def _(scene: Scene) -> Call:
    return call("list_sharing_decisions", incident_id=(await _recorded(scene))["id"])


@call_of("decide_sharing", by="amina")
async def _(scene: Scene) -> Call:
    world, incident = scene.world, await _recorded(scene)
    body = {"decisions": [not_shared_with(world.school_system)]}
    return _on("decide_sharing", incident, body)
