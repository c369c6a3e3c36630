"""The OpenAPI document: what every route has in common, written once."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.foundation.errors import problem_types
from api.foundation.problems import MEDIA_TYPE, Problem

EXAMPLES_FILE = Path(__file__).parents[1] / "examples.json"
"""A real answer of every operation, recorded by `make openapi`."""

ALWAYS = (400, 401, 403, 429, 500, 503)
_TITLES = {
    each.status: each.title for each in reversed(problem_types()) if each.code != "internal_error"
}
_TITLES |= {500: "Something went wrong"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors of a route: those of every route and the given ones."""
    return {
        status: {
            "model": Problem,
            "description": _TITLES[status],
            "content": {MEDIA_TYPE: {}},
        }
        for status in sorted({*ALWAYS, *statuses})
    }


def document(app: FastAPI, webhooks: dict[str, Any]) -> dict[str, Any]:
    """The whole document, made once and kept on the application."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            separate_input_output_schemas=False,
        )
        schema["webhooks"] = webhooks
        schema["security"] = [{"HTTPBearer": []}]
        examples = json.loads(EXAMPLES_FILE.read_text())
        for path in schema["paths"].values():
            for operation in path.values():
                _tidy(operation)
                _illustrate(operation, examples.get(operation["operationId"]))
        app.openapi_schema = schema
    return app.openapi_schema


def _tidy(operation: dict[str, Any]) -> None:
    """Problems are `application/problem+json`, and FastAPI's own 422 is never sent."""
    for status, response in list(operation["responses"].items()):
        content = response.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("/HTTPValidationError"):
            del operation["responses"][status]
        elif MEDIA_TYPE in content:
            response["content"] = {MEDIA_TYPE: {"schema": schema}}


def _illustrate(operation: dict[str, Any], example: Any) -> None:
    for status, response in operation["responses"].items():
        answer = response.get("content", {}).get("application/json")
        if status.startswith("2") and answer is not None and example is not None:
            answer["example"] = example
