"""How each operation on outcomes is asked: of meetings about families that housing has left."""

from typing import Any

from tests import concluding
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key


async def _held(scene: Scene) -> dict[str, Any]:
    family = await scene.family_once_shared()
    return await concluding.held_meeting(scene.world, family)


async def _recorded(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """With everything in it that a reader can meet."""
    family = await scene.family_once_shared()
    meeting = await concluding.held_meeting(scene.world, family)
    police = str(scene.world.agencies["police"].id)
    told = [{"agency_id": police, "said": "Called out four times since June."}]
    actions = [concluding.an_action(police)]
    outcome = await concluding.finalise(scene.world, meeting, information=told, actions=actions)
    return meeting, outcome


async def _asked(scene: Scene) -> dict[str, Any]:
    """A request of the police for a correction."""
    _, outcome = await _recorded(scene)
    said = {"answer": "correction_asked", "correction": "We were there from the beginning."}
    answer = await concluding.respond(scene.world.jonas, outcome, **said)
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def _of(name: str, meeting: dict[str, Any], body: Any = None, **headers: str) -> Call:
    return call(name, body, headers, meeting_id=meeting["id"])


@call_of("save_outcome_draft", by="owen")
async def _(scene: Scene) -> Call:
    meeting = await _held(scene)
    return _of("save_outcome_draft", meeting, example("save_outcome_draft"), **{"If-Match": '"0"'})


@call_of("get_outcome_draft", by="owen")
async def _(scene: Scene) -> Call:
    meeting = await _held(scene)
    await concluding.save(scene.world, meeting)
    return _of("get_outcome_draft", meeting)


@call_of("finalise_outcome", by="owen")
async def _(scene: Scene) -> Call:
    meeting = await _held(scene)
    draft = await concluding.save(scene.world, meeting)
    return _of("finalise_outcome", meeting, **key(), **etag(draft))


@call_of("get_outcome", by="police_system")
async def _(scene: Scene) -> Call:
    meeting, _ = await _recorded(scene)
    return _of("get_outcome", meeting)


@call_of("list_outcome_versions", by="police_system")
async def _(scene: Scene) -> Call:
    meeting, _ = await _recorded(scene)
    return _of("list_outcome_versions", meeting)


@call_of("amend_outcome", by="owen")
async def _(scene: Scene) -> Call:
    asked = await _asked(scene)
    meeting = (await scene.world.owen.get(f"/v1/meetings/{asked['meeting_id']}")).json()
    body = example("amend_outcome") | {
        "outcome": concluding.a_record(meeting),
        "actions": [concluding.an_action(asked["agency_id"])],
        "settles": [asked["id"]],
    }
    return _of("amend_outcome", meeting, body, **key(), **etag(meeting))


@call_of("respond_to_outcome", by="jonas")
async def _(scene: Scene) -> Call:
    meeting, _ = await _recorded(scene)
    return _of("respond_to_outcome", meeting, example("respond_to_outcome"), **key())


@call_of("list_outcome_responses", by="owen")
async def _(scene: Scene) -> Call:
    return call("list_outcome_responses", meeting_id=(await _asked(scene))["meeting_id"])


@call_of("get_outcome_response", by="jonas")
async def _(scene: Scene) -> Call:
    asked = await _asked(scene)
    ids = {"meeting_id": asked["meeting_id"], "response_id": asked["id"]}
    return call("get_outcome_response", **ids)


@call_of("decline_correction", by="owen")
async def _(scene: Scene) -> Call:
    asked = await _asked(scene)
    ids = {"meeting_id": asked["meeting_id"], "response_id": asked["id"]}
    return call("decline_correction", example("decline_correction"), key() | etag(asked), **ids)
