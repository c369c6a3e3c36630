"""The `webhooks` section of the OpenAPI document says what is really sent."""

from typing import Any

import pytest

from api.journal.event_types import EVENT_TYPES
from tests.posting import courier_of, deliver, revoke, subscribe
from tests.receivers import Request, receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


def schema_of(world: World, name: str) -> dict[str, Any]:
    operation = world.app.openapi()["webhooks"][name]["post"]
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


async def test_every_event_type_is_documented_with_a_description(world: World) -> None:
    documented = world.app.openapi()["webhooks"]
    assert set(documented) == {*EVENT_TYPES, "webhook.verification", "event.withheld"}
    for name, item in documented.items():
        assert item["post"]["summary"]
        assert item["post"]["description"].endswith((".", "`"))
        assert schema_of(world, name)["properties"]["type"] == {"const": name}


async def test_what_is_sent_has_the_documented_members_and_headers(world: World) -> None:
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url, ["alert.published"])
        await publish(world, await shared_family(world))
        await deliver(world, courier)
        for name in ("webhook.verification", "alert.published"):
            check(
                next(each for each in there.requests if each.type == name), schema_of(world, name)
            )
            headers = world.app.openapi()["webhooks"][name]["post"]["parameters"]
            assert {each["name"] for each in headers} <= set(there.requests[0].headers)
        await revoke(world.school_system, made)


def check(request: Request, schema: dict[str, Any]) -> None:
    data = schema["properties"]["data"]
    assert set(request.json) == set(schema["required"]) == set(schema["properties"])
    assert set(request.data) == set(data["required"]) == set(data["properties"])
    if "resource" in request.data:
        resource = data["properties"]["resource"]
        assert set(request.data["resource"]) == set(resource["required"])
