"""How each operation on actions and plans is asked: on families that housing has left."""

from typing import Any

from tests import assigning
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key


async def _meeting(scene: Scene) -> dict[str, Any]:
    return await assigning.held_meeting(scene.world, await scene.family_once_shared())


async def _action(scene: Scene) -> Any:
    """Of the police; the chair is Owen."""
    world = scene.world
    [action] = await assigning.assign(world, await _meeting(scene), assigning.an_action(world))
    return action


async def _plan(scene: Scene) -> Any:
    """Of the school, given to the police too."""
    return await assigning.draw_up(scene.world, await _meeting(scene), readers=[scene.world.jonas])


def _on_action(name: str, action: dict[str, Any], **changes: Any) -> Call:
    body = example(name) | changes
    return call(name, body, key() | etag(action), action_id=action["id"])


def _on_plan(name: str, plan: dict[str, Any], **changes: Any) -> Call:
    body = example(name) | changes
    return call(name, body, key() | etag(plan), plan_id=plan["id"])


BY_JONAS = {"practitioner": {"staff_id": "staff-jonas"}}


@call_of("list_actions", by="police_system")
async def _(scene: Scene) -> Call:
    await _action(scene)
    return call("list_actions")


@call_of("list_family_actions", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_family_actions", family_id=(await _action(scene))["family_id"])


@call_of("get_action", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_action", action_id=(await _action(scene))["id"])


@call_of("list_action_steps", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_action_steps", action_id=(await _action(scene))["id"])


@call_of("accept_action", by="police_system")
async def _(scene: Scene) -> Call:
    return _on_action("accept_action", await _action(scene), **BY_JONAS)


@call_of("complete_action", by="police_system")
async def _(scene: Scene) -> Call:
    return _on_action("complete_action", await _action(scene), **BY_JONAS)


@call_of("decline_action", by="police_system")
async def _(scene: Scene) -> Call:
    return _on_action("decline_action", await _action(scene), **BY_JONAS)


@call_of("reassign_action", by="owen")
async def _(scene: Scene) -> Call:
    given = {"agency_id": str(scene.world.agencies["health_visiting"].id)}
    given["due_on"] = assigning.day(scene.world, 5)
    return _on_action("reassign_action", await _action(scene), **given)


@call_of("cancel_action", by="owen")
async def _(scene: Scene) -> Call:
    return _on_action("cancel_action", await _action(scene))


@call_of("list_plans", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_plans", family_id=(await _plan(scene))["family_id"])


@call_of("get_plan", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_plan", plan_id=(await _plan(scene))["id"])


@call_of("list_plan_versions", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_plan_versions", plan_id=(await _plan(scene))["id"])


@call_of("list_plan_reviews", by="police_system")
async def _(scene: Scene) -> Call:
    plan = await _plan(scene)
    assigning.done(await assigning.review(scene.world.owen, plan))
    return call("list_plan_reviews", plan_id=plan["id"])


@call_of("review_plan", by="owen")
async def _(scene: Scene) -> Call:
    world = scene.world
    dates = {"held_on": assigning.day(world), "review_due": assigning.day(world, 30)}
    return _on_plan("review_plan", await _plan(scene), **dates)


@call_of("share_plan", by="owen")
async def _(scene: Scene) -> Call:
    taker = str(scene.world.agencies["health_visiting"].id)
    return _on_plan("share_plan", await _plan(scene), agency_id=taker)


@call_of("hand_over_plan", by="owen")
async def _(scene: Scene) -> Call:
    taker = str(scene.world.agencies["police"].id)
    return _on_plan("hand_over_plan", await _plan(scene), agency_id=taker)
