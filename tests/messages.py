"""Whether a message is as docs/event-schemas.json says: asked of everything that tests receive, by
webhook or from the feed, so that no event can be left out."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tests.service import ROOT

# As anybody may send it, signed or not.
A_TEST = (
    b'{"type":"webhook.test","timestamp":"2026-11-23T10:00:00Z",'
    b'"data":{"subscription_id":"01a21916-9dde-7238-a7e6-364b95c7f5e0"}}'
)
SCHEMAS: dict[str, Any] = json.loads((ROOT / "docs" / "event-schemas.json").read_text())


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMAS["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def complaints(message: dict[str, Any], *, posted: bool) -> list[str]:
    """What is wrong with a body that was posted, or with an item of the feed."""
    name = message.get("type")
    if name not in SCHEMAS["$defs"]:
        return [f"no schema of {name}: make openapi"]
    found = [
        f"{name}: {each.message} at {list(each.instance_path)}"
        for each in _validator(name).iter_errors(message)
    ]
    if ("subscription_id" in message["data"]) != posted:
        found.append(f"{name}: only what is posted is of a subscription")
    return found


def check_feed(page: dict[str, Any]) -> None:
    assert [each for item in page["items"] for each in complaints(item, posted=False)] == []
