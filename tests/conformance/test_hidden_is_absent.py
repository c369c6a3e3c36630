"""What one may not read is absent: the same answer, byte for byte."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.conformance.conversation import ask
from tests.conformance.routes import HIDING, PROTECTED, Call, Operation
from tests.conformance.scene import Scene
from tests.world import Caller

pytestmark = pytest.mark.anyio

WITH_IDS = [each for each in PROTECTED if each.ids]
REQUEST_ID = {"X-Request-ID": str(UUID(int=7))}


def spelled_otherwise(canonical: str) -> list[str]:
    """Of the same id, none of which an address may hold; and what is no id at all."""
    return [
        canonical.replace("-", ""),
        f"{{{canonical}}}",
        f"urn:uuid:{canonical}",
        f"{canonical}%00",
        f"{canonical[:-1]}%C2%B9",
        "1",
        "%F0%9F%91%BB",
        "a" * 4000,
    ]


def comparable(answer: httpx.Response) -> tuple[int, bytes, dict[str, Any]]:
    """All of an answer. How many requests the caller has left, and for how long, is its own
    count, whatever it asked for."""
    headers = dict(answer.headers)
    headers["ratelimit"] = headers["ratelimit"].split(";")[0]
    return answer.status_code, answer.content, headers


async def answers(
    scene: Scene, who: Caller, calls: list[Call]
) -> list[tuple[int, bytes, dict[str, Any]]]:
    return [comparable(await ask(scene.world, who, each, more=REQUEST_ID)) for each in calls]


@pytest.mark.parametrize("operation", HIDING, ids=str)
async def test_a_hidden_record_answers_as_an_absent_one(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    absent = call.with_ids(**{operation.ids[0]: str(uuid4())})
    hidden, missing = await answers(scene, scene.outsider, [call, absent])
    assert hidden == missing
    assert hidden[0] == 404


@pytest.mark.parametrize("operation", [each for each in HIDING if each.of_a_family], ids=str)
async def test_a_record_that_was_once_readable_answers_as_an_absent_one(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    absent = call.with_ids(**{operation.ids[0]: str(uuid4())})
    hidden, missing = await answers(scene, scene.former, [call, absent])
    assert hidden == missing
    assert hidden[0] == 404


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
async def test_every_absent_id_of_a_path_is_not_found(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    who = scene.permitted(operation)
    for name in operation.ids:
        answer = await ask(scene.world, who, call.with_ids(**{name: str(uuid4())}))
        assert answer.status_code == 404


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
async def test_a_malformed_id_answers_as_an_absent_one(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    who = scene.permitted(operation)
    for name in operation.ids:
        absent = call.with_ids(**{name: str(uuid4())})
        malformed = [call.with_ids(**{name: each}) for each in spelled_otherwise(call.ids[name])]
        found = await answers(scene, who, [absent, *malformed])
        assert found == [found[0]] * len(found)
        assert found[0][0] == 404


@pytest.mark.parametrize("operation", HIDING, ids=str)
async def test_an_invalid_body_says_nothing_of_whether_the_record_exists(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    absent = call.with_ids(**{operation.ids[0]: str(uuid4())})
    for body in ({"unknown": 1}, {}):
        asked = [replace(each, body=body) for each in (call, absent)]
        hidden, missing = await answers(scene, scene.outsider, asked)
        assert hidden == missing


@pytest.mark.parametrize("operation", HIDING, ids=str)
async def test_missing_headers_say_nothing_of_whether_the_record_exists(
    scene: Scene, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    absent = call.with_ids(**{operation.ids[0]: str(uuid4())})
    for headers in ({}, {"If-Match": '"999"'}, {"If-Match": "*"}, {"If-Match": "junk"}):
        asked = [replace(each, headers=headers) for each in (call, absent)]
        hidden, missing = await answers(scene, scene.outsider, asked)
        assert hidden == missing
