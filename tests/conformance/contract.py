"""JSON against the schemas of the OpenAPI document, by an independent validator."""

from typing import Any

import jsonschema_rs

from tests.conformance.conversation import DOCUMENT


def follows(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with the value, by place."""
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{each.instance_path}: {each.message}" for each in validator.iter_errors(value)]
