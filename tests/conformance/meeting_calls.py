"""How each operation on meetings is asked: on families that housing has left."""

from typing import Any

from tests import arranging
from tests.arranging import done
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key

CHAIR = {"chair": {"staff_id": "staff-owen"}}


async def _scheduled(scene: Scene, days: float = 7) -> dict[str, Any]:
    """Chaired by `owen`, with everybody invited."""
    return await arranging.meet(scene.world.owen, await scene.family_once_shared(), days)


async def _asked(scene: Scene) -> dict[str, Any]:
    """A request of the police to exclude an adult."""
    family = await scene.family_once_shared()
    meeting = await arranging.meet(scene.world.owen, family)
    asked = await arranging.exclude(scene.world.jonas, meeting, family["members"][1])
    exclusion: dict[str, Any] = done(asked)
    return exclusion


def _on(name: str, meeting: dict[str, Any], **changes: Any) -> Call:
    body = example(name) | changes
    return call(name, body, key() | etag(meeting), meeting_id=meeting["id"])


@call_of("schedule_meeting", by="owen")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    body = example("schedule_meeting") | CHAIR
    return call("schedule_meeting", body, key(), family_id=family["id"])


@call_of("list_meetings", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_meetings", family_id=(await _scheduled(scene))["family_id"])


@call_of("get_meeting", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_meeting", meeting_id=(await _scheduled(scene))["id"])


@call_of("list_meeting_steps", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_meeting_steps", meeting_id=(await _scheduled(scene))["id"])


@call_of("get_meeting_invitation", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_meeting_invitation", meeting_id=(await _scheduled(scene))["id"])


@call_of("move_meeting", by="owen")
async def _(scene: Scene) -> Call:
    return _on("move_meeting", await _scheduled(scene))


@call_of("cancel_meeting", by="owen")
async def _(scene: Scene) -> Call:
    return _on("cancel_meeting", await _scheduled(scene))


@call_of("hold_meeting", by="owen")
async def _(scene: Scene) -> Call:
    return _on("hold_meeting", await _scheduled(scene, -1))


@call_of("hand_over_meeting", by="owen")
async def _(scene: Scene) -> Call:
    everything = {"staff_id": "staff-police-everything"}
    police = {"agency_id": str(scene.world.agencies["police"].id)}
    return _on("hand_over_meeting", await _scheduled(scene), **everything, **police)


@call_of("invite_to_meeting", by="owen")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    alone = arranging.invited(scene.world.owen)
    meeting = await arranging.meet(scene.world.owen, family, invited=alone)
    police = {"agency_id": str(scene.world.agencies["police"].id)}
    return _on("invite_to_meeting", meeting, **police)


@call_of("withdraw_meeting_invitation", by="owen")
async def _(scene: Scene) -> Call:
    call = _on("withdraw_meeting_invitation", await _scheduled(scene))
    return call.with_ids(agency_id=str(scene.world.agencies["police"].id))


@call_of("ask_for_exclusion", by="jonas")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    meeting = await arranging.meet(scene.world.owen, family)
    body = example("ask_for_exclusion") | {"member_id": family["members"][1]["id"]}
    return call("ask_for_exclusion", body, key(), meeting_id=meeting["id"])


@call_of("list_exclusions", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_exclusions", meeting_id=(await _asked(scene))["meeting_id"])


@call_of("decide_exclusion", by="owen")
async def _(scene: Scene) -> Call:
    asked = await _asked(scene)
    ids = {"meeting_id": asked["meeting_id"], "exclusion_id": asked["id"]}
    return call("decide_exclusion", example("decide_exclusion"), key() | etag(asked), **ids)


@call_of("withdraw_exclusion", by="jonas")
async def _(scene: Scene) -> Call:
    asked = await _asked(scene)
    ids = {"meeting_id": asked["meeting_id"], "exclusion_id": asked["id"]}
    return call("withdraw_exclusion", example("withdraw_exclusion"), key() | etag(asked), **ids)


@call_of("submit_report", by="jonas")
async def _(scene: Scene) -> Call:
    meeting = await _scheduled(scene)
    return call("submit_report", example("submit_report"), key(), meeting_id=meeting["id"])


@call_of("list_reports", by="police_system")
async def _(scene: Scene) -> Call:
    meeting = await _scheduled(scene)
    done(await arranging.report(scene.world.jonas, meeting))
    return call("list_reports", meeting_id=meeting["id"])
