"""Every answer is what the document says, also where the database or orjson wrote it."""

import json
from typing import Any

import pytest

from tests.conformance.contract import follows
from tests.conformance.conversation import DOCUMENT, ask, documented
from tests.conformance.routes import BY_NAME, OPERATIONS, Operation
from tests.conformance.scene import Scene

pytestmark = pytest.mark.anyio

ANSWERING_JSON = [each for each in OPERATIONS if each.documented and each.response_model]


@pytest.mark.parametrize("operation", ANSWERING_JSON, ids=str)
async def test_an_answer_follows_its_documented_schema(scene: Scene, operation: Operation) -> None:
    answer = await scene.answer(operation)
    body = answer.json()
    content = documented(operation)["responses"][str(answer.status_code)]["content"]
    assert follows(body, content["application/json"]["schema"]) == []
    assert body.get("items", ["no list"]), "an empty list proves nothing"


@pytest.mark.parametrize("operation", ANSWERING_JSON, ids=str)
async def test_an_answer_names_its_kind_its_place_and_its_version(
    scene: Scene, operation: Operation
) -> None:
    answer = await scene.answer(operation)
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    if answer.status_code == 201:
        who = scene.permitted(operation) or scene.world.health_visiting_system
        found = await who.get(answer.headers["Location"])
        assert found.is_success, answer.headers["Location"]
    if isinstance(answer.json().get("version"), int):
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'


async def test_every_event_of_a_feed_follows_the_schema_of_its_webhook(scene: Scene) -> None:
    seen = set()
    for operation in OPERATIONS:
        if operation.requirement is not None and operation.method != "GET":
            await scene.answer(operation)
    for caller in (scene.world.police_system, scene.world.health_visiting_system, scene.former):
        for event in await _whole_feed(scene, caller):
            hook: dict[str, Any] = DOCUMENT["webhooks"][event["type"]]["post"]
            schema = hook["requestBody"]["content"]["application/json"]["schema"]
            pushed = event["data"] | {"previous": 0, "subscription_id": event["data"]["epoch"]}
            assert follows(event | {"data": pushed}, schema) == []
            seen.add(event["type"])
    assert {"alert.published", "alert.withdrawn", "family.agency_joined", "event.withheld"} <= seen


async def _whole_feed(scene: Scene, caller: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    call = await scene.standing_call(BY_NAME["list_events"])
    after: dict[str, str] = {}
    while True:
        page = json.loads((await ask(scene.world, caller, call, params=after)).content)
        if not page["items"]:
            return found
        found += page["items"]
        after = {"after": page["next"]}
