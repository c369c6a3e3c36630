"""One request and everything that is true of every answer."""

import json
import re
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
from icalendar import Calendar
from pydantic import BaseModel, TypeAdapter

from api.foundation.middleware import SECURITY_HEADERS
from api.foundation.problems import Problem
from tests.conformance.routes import APP, Call, Operation
from tests.world import BASE_URL, Caller, World

DOCUMENT = APP.openapi()
PROBLEM = "application/problem+json"
RATE_LIMIT = re.compile(r'"[a-z]+";r=\d+;t=\d+')
TOKEN_ERROR = {"error", "error_description"}


async def ask(world: World, who: Caller | None, call: Call, **changes: Any) -> httpx.Response:
    """Sends a call as somebody, and examines the answer."""
    given = call.given() | changes
    headers = given.pop("headers") | {"X-Request-ID": str(uuid4())} | given.pop("more", {})
    sent = {"headers": headers, **given}
    if who is None:
        answer = await world.http.request(call.method, call.path, **sent)
    else:
        answer = await who.request(call.method, call.path, **sent)
    examine(call.operation, answer)
    if who is not None and call.operation.requirement is not None:
        check_quota_headers(answer)
    return answer


async def ask_with_token(world: World, token: str, call: Call) -> httpx.Response:
    given = call.given()
    given["headers"] |= {"Authorization": f"Bearer {token}"}
    answer = await world.http.request(call.method, call.path, **given)
    examine(call.operation, answer)
    return answer


def examine(operation: Operation, answer: httpx.Response) -> None:
    """What holds for every answer of a route, whatever was asked."""
    assert answer.status_code < 500, answer.text
    check_headers(answer)
    if operation.documented:
        check_documented(operation, answer)
    if answer.is_success:
        check_contract(operation, answer)
    elif set(answer.json()) != TOKEN_ERROR:
        check_problem(answer)


def check_headers(answer: httpx.Response) -> None:
    asked = answer.request.headers.get("x-request-id")
    assert asked in (None, answer.headers["X-Request-ID"])
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    if not answer.is_success:
        assert answer.headers["Cache-Control"] == "no-store"


def check_quota_headers(answer: httpx.Response) -> None:
    """Who was let in, is told what is left. A bad body is refused before that."""
    if answer.is_success or answer.status_code in (403, 404, 409, 412, 428):
        assert RATE_LIMIT.fullmatch(answer.headers["RateLimit"])
        assert answer.headers["RateLimit-Policy"].startswith('"')


def check_problem(answer: httpx.Response) -> Problem:
    """RFC 9457, and nothing but what is documented of it."""
    assert answer.headers["Content-Type"] == PROBLEM, answer.text
    problem = Problem.model_validate_json(answer.content, strict=True)
    assert problem.status == answer.status_code
    assert problem.instance == f"urn:uuid:{answer.headers['X-Request-ID']}"
    assert problem.type == f"{BASE_URL}/problems/{problem.code}"
    assert problem.title
    assert problem.detail
    return problem


def documented(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def check_documented(operation: Operation, answer: httpx.Response) -> None:
    responses = documented(operation)["responses"]
    status = str(answer.status_code)
    assert status in responses, f"{operation.name} gives {status}, which is not documented"
    kind = answer.headers["Content-Type"].split(";")[0]
    kinds = responses[status].get("content", {})
    assert kind in kinds, f"{operation.name} documents no {kind} for {status}"


def check_contract(operation: Operation, answer: httpx.Response) -> None:
    """The body is exactly what the response model would have written."""
    if operation.documented:
        assert answer.status_code == operation.status
    if answer.headers["Content-Type"].startswith("text/calendar"):
        [event] = Calendar.from_ical(answer.content).walk("VEVENT")
        assert event.errors == []
        assert b"\r\n" in answer.content
    if operation.response_model is None or "json" not in answer.headers["Content-Type"]:
        return
    model = _adapter(operation)
    read = model.validate_json(answer.content)
    given = json.loads(answer.content)
    assert model.dump_python(read, mode="json") == given
    if isinstance(read, BaseModel):
        assert set(given) == set(type(read).model_fields)


@cache
def _adapter(operation: Operation) -> TypeAdapter[Any]:
    return TypeAdapter(operation.response_model)
