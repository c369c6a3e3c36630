"""Every value of every body, also of optional ones: hostile texts, dates, ids and types."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.conversation import ask, check_problem
from tests.conformance.payloads import (
    CANARY,
    DAYS,
    FLAGS,
    IDS,
    JSON,
    TEXTS,
    WRONG_TYPES,
    Leaf,
    leaves,
    replaced,
)
from tests.conformance.routes import TAKING_JSON, Operation
from tests.conformance.scene import Scene
from tests.conformance.traces import everything_kept, raw_json

pytestmark = pytest.mark.anyio


def hostile_values(leaf: Leaf) -> Iterator[Any]:
    kind, form = leaf.schema["type"], leaf.schema.get("format")
    if kind == "boolean":
        yield from FLAGS
        return
    yield from WRONG_TYPES
    if form == "date":
        yield from DAYS
    elif form == "uuid":
        yield from IDS
    else:
        yield from (f"{CANARY}{each}" for each in TEXTS.values())
        yield from (f"{each}{CANARY}" for each in TEXTS.values())
        yield ""
        yield " "
        yield CANARY * 2000


@pytest.mark.parametrize("operation", TAKING_JSON, ids=str)
async def test_a_hostile_value_is_pointed_at_and_never_repeated(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    who = await scene.signed_in(operation)
    before = await everything_kept(superuser)
    for leaf in leaves(operation):
        for value in hostile_values(leaf):
            body = raw_json(replaced(call.body, leaf.path, value))
            answer = await ask(scene.world, who, call, json=None, content=body, more=JSON)
            where = f"{leaf.pointer} = {value!r:.80}: {answer.text}"
            assert answer.status_code == 422, where
            pointers = {each.pointer for each in check_problem(answer).errors or []}
            assert pointers & {leaf.pointer, ""}, where
            assert CANARY not in answer.text, where
    assert await everything_kept(superuser) == before


@pytest.mark.parametrize("operation", TAKING_JSON, ids=str)
def test_every_value_of_a_body_is_bounded(operation: Operation) -> None:
    bounds = {"maxLength", "pattern", "enum", "const", "format"}
    for leaf in leaves(operation):
        assert leaf.schema["type"] == "boolean" or bounds & leaf.schema.keys(), leaf.pointer
