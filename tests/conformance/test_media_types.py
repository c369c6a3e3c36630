"""What an operation documents beside JSON is for who asks for it; all others get JSON."""

from typing import Any

import pytest

from tests.conformance.conversation import ask, documented
from tests.conformance.routes import OPERATIONS, Operation
from tests.conformance.scene import Scene

pytestmark = pytest.mark.anyio

JSON = "application/json"


def kinds_of(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = documented(operation)["responses"][str(operation.status)]
    return found.get("content", {})


IN_TWO_KINDS = [each for each in OPERATIONS if each.documented and len(kinds_of(each)) > 1]


def test_an_outcome_is_answered_in_json_and_as_a_page() -> None:
    assert [each.name for each in IN_TWO_KINDS] == ["get_outcome"]
    assert set(kinds_of(IN_TWO_KINDS[0])) == {JSON, "text/html"}


@pytest.mark.parametrize("operation", IN_TWO_KINDS, ids=str)
def test_every_kind_has_a_schema_and_an_example(operation: Operation) -> None:
    for name, kind in kinds_of(operation).items():
        assert kind["schema"], name
        assert name == JSON or kind["example"]


@pytest.mark.parametrize("operation", IN_TWO_KINDS, ids=str)
async def test_each_kind_is_answered_to_who_asks_for_it(scene: Scene, operation: Operation) -> None:
    call, who = await scene.standing_call(operation), scene.permitted(operation)
    for name in kinds_of(operation):
        answer = await ask(scene.world, who, call, more={"Accept": name})
        assert answer.is_success, answer.text
        assert answer.headers["Content-Type"].split(";")[0] == name
        assert answer.headers["Vary"] == "Accept"
    for accept in ("image/png", "*/*", "nonsense;;q", "text/html;q=0"):
        answer = await ask(scene.world, who, call, more={"Accept": accept})
        assert answer.headers["Content-Type"] == JSON


@pytest.mark.parametrize("operation", IN_TWO_KINDS, ids=str)
async def test_a_refusal_is_a_problem_in_whatever_kind(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    for name in kinds_of(operation):
        answer = await ask(scene.world, scene.outsider, call, more={"Accept": name})
        assert answer.status_code == 404
