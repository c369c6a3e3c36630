"""JSON against the schemas of the OpenAPI document, by an independent validator."""

from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from tests.conformance.conversation import DOCUMENT


def follows(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with the value, by place."""
    validator = _validator(orjson.dumps(schema))
    return [f"{each.instance_path}: {each.message}" for each in validator.iter_errors(value)]


@cache
def _validator(schema: bytes) -> Any:
    """To build one with every schema of the document takes longer than to ask it."""
    whole = {**orjson.loads(schema), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
