"""Query parameters and headers are judged as bodies are."""

from typing import Any

import pytest

from tests.conformance.conversation import ask, check_problem, documented
from tests.conformance.payloads import CANARY
from tests.conformance.routes import OPERATIONS, PUBLIC, Operation
from tests.conformance.scene import Scene
from tests.conformance.traces import everything_kept

pytestmark = pytest.mark.anyio

VALUES = [CANARY, "\x00", f"{CANARY}\u202e", "9" * 5000, "-1", "1e999", "NaN", "", "'--", "[]"]
BAD_KEYS = [CANARY[:7], f"{CANARY} {CANARY}", CANARY * 20, '""', f'"{CANARY}', f"{CANARY}\tx"]


def parameters(operation: Operation, place: str) -> list[str]:
    if not operation.documented:
        return []
    given = documented(operation).get("parameters", [])
    return [each["name"] for each in given if each["in"] == place]


ASKING = [each for each in OPERATIONS if parameters(each, "query")]
# What needs no token filters nothing: a probe may add what it likes, and a token endpoint ignores
# what it does not know (RFC 6749 §3.2).
JUDGING = [each for each in OPERATIONS if each.name not in PUBLIC]
KEYED = [each for each in OPERATIONS if "Idempotency-Key" in parameters(each, "header")]


@pytest.mark.parametrize("operation", ASKING, ids=str)
async def test_a_hostile_parameter_is_a_bad_request_and_not_repeated(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    for name in parameters(operation, "query"):
        for value in VALUES:
            answer = await ask(scene.world, scene.permitted(operation), call, params={name: value})
            assert answer.status_code == 400, f"{name}={value!r:.80}: {answer.text}"
            assert CANARY not in answer.text
            assert check_problem(answer).code in {"bad_request", "invalid_cursor"}


@pytest.mark.parametrize("operation", JUDGING, ids=str)
async def test_a_parameter_that_is_not_known_is_named_and_never_ignored(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    unknown = {"stauts": "active", CANARY: "1", f"{CANARY}/x": "1"}
    asked = call.params | unknown
    answer = await ask(scene.world, scene.permitted(operation), call, params=asked)
    assert answer.status_code == 400, answer.text
    errors = check_problem(answer).errors or []
    assert sorted(each.pointer for each in errors) == ["", "", "/stauts"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("operation", KEYED, ids=str)
async def test_a_hostile_idempotency_key_is_a_bad_request(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    who = await scene.signed_in(operation)
    before = await everything_kept(superuser)
    for value in BAD_KEYS:
        headers = {"Idempotency-Key": value}
        answer = await ask(scene.world, who, call, more=headers)
        assert (answer.status_code, check_problem(answer).code) == (400, "bad_request")
        assert CANARY not in answer.text
    assert await everything_kept(superuser) == before
