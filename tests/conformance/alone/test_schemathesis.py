"""Schemathesis, which knows nothing but the document, against the running application."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR

import pytest
import schemathesis
import structlog
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.main import create_app
from tests.conformance.conversation import DOCUMENT
from tests.conformance.routes import OPERATIONS, Call, Operation
from tests.conformance.scene import Scene

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENTED = [each for each in OPERATIONS if each.documented]
BOUNDED = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Running:
    """The application behind a real server, and whom to ask it as."""

    url: str
    calls: dict[str, Call]
    tokens: dict[str, str]
    outsider: str


@pytest.fixture(scope="module")
async def running(scene: Scene, database_urls: dict[str, str]) -> AsyncIterator[Running]:
    calls = {each.name: await scene.standing_call(each) for each in DOCUMENTED}
    tokens = {}
    for each in DOCUMENTED:
        who = scene.permitted(each)
        tokens[each.name] = await who.token() if who else ""
    outsider = await scene.outsider.token()
    app = create_app(
        scene.world.runtime.settings, database_urls["doorstep_api"], clock=scene.world.clock
    )
    app.state.runtime.public_quota = scene.world.runtime.public_quota
    with quiet(), served(app) as url:
        yield Running(url, calls, tokens, outsider)


@contextmanager
def quiet() -> Iterator[None]:
    """The server's thread may write when no test is there to capture it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """By uvicorn, in a thread and a loop of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
def test_a_permitted_caller_meets_no_answer_that_is_not_documented(
    running: Running, operation: Operation
) -> None:
    call = running.calls[operation.name]
    versions = {name: each for name, each in call.headers.items() if name == "If-Match"}
    asked = SCHEMA[operation.path][operation.method]

    @BOUNDED
    @given(case=asked.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.path_parameters = call.ids
        case.headers.update(versions)
        answer = case.call(base_url=running.url, headers=bearer(running.tokens[operation.name]))
        case.validate_response(answer, checks=CHECKS)

    ask()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
def test_an_outsider_gets_nothing_of_a_hidden_record(
    running: Running, operation: Operation
) -> None:
    call = running.calls[operation.name]
    asked = SCHEMA[operation.path][operation.method]

    @BOUNDED
    @given(case=asked.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        if operation.hides:
            case.path_parameters = call.ids
        answer = case.call(base_url=running.url, headers=bearer(running.outsider))
        case.validate_response(answer, checks=CHECKS)
        if operation.hides:
            assert answer.status_code in (400, 404, 412, 415, 422, 428)

    ask()
