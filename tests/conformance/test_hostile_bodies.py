"""What JSON parsers let pass, no route does: refused, nothing written, nothing repeated."""

from typing import Any

import httpx
import orjson
import pytest

from api.foundation.body import BODY_LIMIT
from api.foundation.errors import MAX_FIELD_ERRORS
from tests.conformance.conversation import ask, check_problem
from tests.conformance.payloads import BODIES, CANARY, JSON, endless
from tests.conformance.routes import TAKING_JSON, Call, Operation
from tests.conformance.scene import Scene
from tests.conformance.traces import everything_kept
from tests.world import Caller

pytestmark = pytest.mark.anyio

every_route_with_a_body = pytest.mark.parametrize("operation", TAKING_JSON, ids=str)
LONGEST_ANSWER = 8 * 1024


async def send(
    scene: Scene, who: Caller | None, call: Call, content: Any, headers: dict[str, str]
) -> httpx.Response:
    return await ask(scene.world, who, call, json=None, content=content, more=headers)


def check_silent(answer: httpx.Response) -> None:
    """Nothing of what was sent, and no more than a page."""
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    assert len(answer.content) < LONGEST_ANSWER
    assert len(check_problem(answer).errors or []) <= MAX_FIELD_ERRORS


@every_route_with_a_body
async def test_a_hostile_body_is_refused_without_a_trace(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    text = orjson.dumps(call.body).decode()
    who = await scene.signed_in(operation)
    before = await everything_kept(superuser)
    found = {}
    for each in BODIES:
        answer = await send(scene, who, call, each.make(text), each.headers)
        check_silent(answer)
        found[each.name] = answer.status_code
    assert found == {each.name: each.status for each in BODIES}
    assert await everything_kept(superuser) == before


@every_route_with_a_body
async def test_a_body_without_end_is_refused_at_the_first_byte_too_many(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    who = await scene.signed_in(operation)
    sent: list[int] = []
    answer = await send(scene, who, call, endless(sent), JSON)
    check_silent(answer)
    assert answer.status_code == 413
    assert sum(sent[:-1]) <= BODY_LIMIT < sum(sent)


@every_route_with_a_body
async def test_a_body_that_says_it_is_too_long_is_not_read(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    who = await scene.signed_in(operation)
    sent: list[int] = []
    headers = JSON | {"Content-Length": str(BODY_LIMIT + 1)}
    answer = await send(scene, who, call, endless(sent), headers)
    assert answer.status_code == 413
    assert len(sent) <= 1


@every_route_with_a_body
async def test_spellings_of_json_that_are_as_good_are_taken(
    scene: Scene, operation: Operation
) -> None:
    who = await scene.signed_in(operation)
    for kind in ("application/json; charset=utf-8", 'APPLICATION/JSON;Charset="UTF-8"'):
        call = await scene.fresh_call(operation)
        text = orjson.dumps(call.body, option=orjson.OPT_INDENT_2)
        headers = {"Content-Type": kind, "Content-Encoding": "identity"}
        answer = await send(scene, who, call, b"\n" + text, headers)
        assert answer.is_success, answer.text
