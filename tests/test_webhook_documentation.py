"""What the OpenAPI document and docs/event-schemas.json say of messages is what is really sent."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api.journal.event_types import EVENT_TYPES
from api.webhooks import event_schemas
from tests.messages import SCHEMAS
from tests.posting import courier_of, deliver, revoke, subscribe
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


OWN = {"webhook.verification", "webhook.test", "webhook.heartbeat", "webhook.moved"}


def schema_of(world: World, name: str) -> dict[str, Any]:
    operation = world.app.openapi()["webhooks"][name]["post"]
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


async def test_every_event_type_is_documented_with_a_description(world: World) -> None:
    documented = world.app.openapi()["webhooks"]
    assert set(documented) == {*EVENT_TYPES, *OWN, "event.withheld"}
    for name, item in documented.items():
        assert item["post"]["summary"]
        assert item["post"]["description"].endswith((".", "`"))
        assert schema_of(world, name)["properties"]["type"] == {"const": name}


async def test_what_is_posted_is_as_the_openapi_document_says(world: World) -> None:
    """Beside what every receiver of the tests holds against docs/event-schemas.json."""
    async with receiver() as there, courier_of(world) as courier:
        made = await subscribe(world.school_system, there.url, ["alert.published"])
        await publish(world, await shared_family(world))
        await deliver(world, courier)
        for name in ("webhook.verification", "alert.published"):
            request = next(each for each in there.requests if each.type == name)
            jsonschema_rs.validate(schema_of(world, name), request.json)
            headers = world.app.openapi()["webhooks"][name]["post"]["parameters"]
            assert {each["name"] for each in headers} <= set(request.headers)
        await revoke(world.school_system, made)


def test_the_kept_schemas_are_those_of_what_is_declared() -> None:
    """Of the whole file, which the command writes: tests/test_cli.py."""
    made = event_schemas.document()["$defs"]
    assert {name: SCHEMAS["$defs"][name] for name in made} == made, "old: make openapi"


def test_the_schemas_are_schemas_and_name_every_type_once() -> None:
    assert SCHEMAS["$schema"].endswith("/2020-12/schema")
    jsonschema_rs.meta.validate(SCHEMAS)
    assert set(SCHEMAS["$defs"]) >= {*EVENT_TYPES, *OWN, "event.withheld"}
    assert [each["$ref"] for each in SCHEMAS["oneOf"]] == [
        f"#/$defs/{name}" for name in SCHEMAS["$defs"]
    ]
    for name, schema in SCHEMAS["$defs"].items():
        assert schema["properties"]["type"] == {"const": name}
        assert schema["description"].endswith((".", "`"))


def test_every_object_of_them_refuses_what_it_does_not_name() -> None:
    def objects(schema: Any) -> Iterator[dict[str, Any]]:
        for each in schema.values() if isinstance(schema, dict) else schema:
            if isinstance(each, dict | list):
                yield from objects(each)
        if isinstance(schema, dict) and "properties" in schema and "required" in schema:
            yield schema

    found = list(objects(SCHEMAS))
    assert len(found) > 3 * len(EVENT_TYPES)
    assert all(each["additionalProperties"] is False for each in found)


PUBLISHED: dict[str, Any] = {
    "type": "alert.published",
    "timestamp": "2026-11-23T10:00:00Z",
    "data": {
        "event_id": "01a21916-9dde-7238-a7e6-364b95c7f5e0",
        "epoch": "6b53c3b0-4d3c-4f0f-9a3e-9d1f4c7c6a11",
        "position": 7,
        "priority": "urgent",
        "family_id": "01a21916-9dde-7238-a7e6-364b95c7f5e1",
        "resource": {
            "type": "alert",
            "id": "01a21916-9dde-7238-a7e6-364b95c7f5e2",
            "version": 1,
            "url": "https://doorstep.example.org/v1/alerts/01a21916-9dde-7238-a7e6-364b95c7f5e2",
        },
    },
}
OF_A_SUBSCRIPTION = {"previous": 3, "subscription_id": "01a21916-9dde-7238-a7e6-364b95c7f5e3"}
RESOURCE = PUBLISHED["data"]["resource"]


def with_data(**changed: Any) -> dict[str, Any]:
    return PUBLISHED | {"data": PUBLISHED["data"] | changed}


def test_the_whole_file_takes_what_is_right() -> None:
    whole = jsonschema_rs.validator_for(SCHEMAS, validate_formats=True)
    for right in (PUBLISHED, with_data(**OF_A_SUBSCRIPTION)):
        whole.validate(right)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        PUBLISHED | {"type": "alert.invented"},
        PUBLISHED | {"type": "event.withheld"},
        PUBLISHED | {"timestamp": "yesterday"},
        PUBLISHED | {"name": "Maya"},
        with_data(name="Maya"),
        with_data(previous=3),
        with_data(subscription_id=OF_A_SUBSCRIPTION["subscription_id"]),
        with_data(position=0),
        with_data(position=None),
        with_data(event_id=None),
        with_data(event_id="7"),
        with_data(priority="low"),
        with_data(resource=None),
        with_data(resource=RESOURCE | {"type": "family"}),
        with_data(resource=RESOURCE | {"url": None}),
        with_data(resource=RESOURCE | {"title": "A dog"}),
    ],
)
def test_the_whole_file_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    assert not jsonschema_rs.validator_for(SCHEMAS, validate_formats=True).is_valid(wrong)
