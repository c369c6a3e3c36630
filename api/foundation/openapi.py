"""The OpenAPI document: what every route has in common, written once."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api.foundation.errors import problem_types
from api.foundation.problems import MEDIA_TYPE, Problem

EXAMPLES_FILE = Path(__file__).parents[1] / "examples.json"
"""A real answer of every operation, recorded by `make openapi`."""

EXAMPLE_DAY = date(2026, 11, 23)
"""The day on which the examples of bodies are good as they are written, and kept in docs/."""
_ABOUT_THEN = (EXAMPLE_DAY - timedelta(days=30), EXAMPLE_DAY + timedelta(days=366))
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

ALWAYS = (400, 429, 500, 503)
AUTHENTICATED = (*ALWAYS, 401, 403)
WITH_BODY = (413, 415, 422)
_TITLES = {
    each.status: each.title for each in reversed(problem_types()) if each.code != "internal_error"
}
_TITLES |= {500: "Something went wrong"}
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "8 to 100 letters, digits or -._~, best a UUID. Kept for every retry of the "
    "same request: it is then carried out once, and answered alike for 7 days.",
    "schema": {"type": "string", "pattern": '^"?[A-Za-z0-9._~-]{8,100}"?$'},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors of a route that needs a token: the given ones and the usual ones."""
    return public_problems(*AUTHENTICATED, *statuses)


def public_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors of a route that needs no token: just the given ones."""
    return {
        status: {
            "model": Problem,
            "description": _TITLES[status],
            "content": {MEDIA_TYPE: {}},
        }
        for status in sorted(set(statuses))
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
        for unsent in ("HTTPValidationError", "ValidationError"):
            del schema["components"]["schemas"][unsent]
        examples = json.loads(EXAMPLES_FILE.read_text())
        for path in schema["paths"].values():
            for operation in path.values():
                _tidy(operation)
                _illustrate(operation, examples.get(operation["operationId"]))
        for route in iter_route_contexts(app.routes):
            if "POST" in (route.methods or ()) and route.path in schema["paths"]:
                _document_key(schema["paths"][route.path]["post"], route.dependant)
        app.openapi_schema = schema
    return app.openapi_schema


def of_day(schema: dict[str, Any], day: date) -> dict[str, Any]:
    """The document as it is served: a date of an example that lies about EXAMPLE_DAY is moved as
    far as today is from it, since a review in the past, say, is refused. Dates of birth stay."""
    models = {
        name: {**each, "examples": _moved(each["examples"], day - EXAMPLE_DAY)}
        if "examples" in each
        else each
        for name, each in schema["components"]["schemas"].items()
    }
    return {**schema, "components": {**schema["components"], "schemas": models}}


def _moved(example: Any, by: timedelta) -> Any:
    if isinstance(example, dict):
        return {name: _moved(each, by) for name, each in example.items()}
    if isinstance(example, list):
        return [_moved(each, by) for each in example]
    if not isinstance(example, str) or not _DATE.fullmatch(example):
        return example
    earliest, latest = _ABOUT_THEN
    found = date.fromisoformat(example)
    return (found + by).isoformat() if earliest <= found <= latest else example


def _tidy(operation: dict[str, Any]) -> None:
    """Summaries in sentence case; problems as `application/problem+json`; and FastAPI's own 422,
    which is never sent, left out."""
    operation["summary"] = operation["summary"].capitalize()
    responses = operation["responses"]
    for status, response in list(responses.items()):
        content = response.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("/HTTPValidationError"):
            del responses[status]
        elif MEDIA_TYPE in content:
            response["content"] = {MEDIA_TYPE: _PROBLEM}
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        _add_problems(operation, *WITH_BODY)
    for each in operation.get("parameters", []):
        if each["name"] == "If-Match":
            each |= {"required": True, "schema": {"type": "string"}}
        if each["in"] == "path" and each["name"].endswith("_id"):
            thing = each["name"].removesuffix("_id").replace("_", " ")
            each.setdefault("description", f"The id of the {thing}.")
        if each["name"] == "limit":
            each.setdefault("description", "At most so many items.")


def _add_problems(operation: dict[str, Any], *statuses: int) -> None:
    """Documents errors that a route does not name, since they are made before it is asked."""
    known = operation["responses"]
    for each in statuses:
        added = {"description": _TITLES[each], "content": {MEDIA_TYPE: _PROBLEM}}
        known.setdefault(str(each), added)
    operation["responses"] = dict(sorted(known.items()))


def _document_key(operation: dict[str, Any], dependant: Dependant) -> None:
    """The Idempotency-Key, which every POST with a token may carry and some must."""
    for each in dependant.dependencies:
        required = getattr(each.call, "key_required", None)
        if required is not None:
            parameter = {**_KEY, "required": required}
            operation["parameters"] = [*operation.get("parameters", []), parameter]
            _add_problems(operation, 409, 422)


def _illustrate(operation: dict[str, Any], example: Any) -> None:
    for status, response in operation["responses"].items():
        answer = response.get("content", {}).get("application/json")
        if status.startswith("2") and answer is not None and example is not None:
            answer["example"] = example
