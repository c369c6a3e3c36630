"""Whoever is shown an alert, on whatever route, is kept: it is told when the alert is recalled."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.conversation import ask
from tests.conformance.routes import PROTECTED, Operation
from tests.conformance.scene import Scene

pytestmark = pytest.mark.anyio

SHOWING = {
    "get_alert", "list_alerts", "list_family_alerts", "get_banner", "look_up_banners",
    "join_family",
}  # fmt: skip
# What its own publisher and owner are answered with when they change it.
CHANGING = {
    "publish_alert", "ratify_alert", "withdraw_alert", "hand_over_alert", "begin_review",
    "supersede_alert", "enter_in_error", "correct_subject", "extend_alert", "confirm_alert",
}  # fmt: skip


def alerts_in(value: Any) -> Iterator[str]:
    """The ids of everything in an answer that says how grave it is."""
    if isinstance(value, dict):
        if {"id", "severity"} <= value.keys():
            yield value["id"]
        for each in value.values():
            yield from alerts_in(each)
    if isinstance(value, list):
        for each in value:
            yield from alerts_in(each)


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_an_alert_that_is_shown_is_noted_as_read(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    answer = await scene.answer(operation)
    if "json" not in answer.headers["Content-Type"] or operation.name in CHANGING:
        return
    shows = bool(set(alerts_in(answer.json())))
    assert shows is (operation.name in SHOWING) or operation.name == "join_family"
    if shows:
        await check_kept(scene, superuser, operation)


async def check_kept(scene: Scene, superuser: Any, operation: Operation) -> None:
    """Asked anew, by an agency of whose reading nothing is known any more."""
    call, who = await scene.fresh_call(operation), scene.permitted(operation)
    assert who is not None
    await superuser.execute("DELETE FROM first_reads WHERE agency_id = $1", who.agency.id)
    shown = set(alerts_in((await ask(scene.world, who, call)).json()))
    assert shown or operation.name == "join_family"
    kept = await superuser.fetch(
        "SELECT resource_id FROM first_reads WHERE agency_id = $1", who.agency.id
    )
    assert shown <= {str(each["resource_id"]) for each in kept}
