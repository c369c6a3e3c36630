"""Errors as `application/problem+json` (RFC 9457). Nothing that was sent is ever repeated."""

from typing import Any, cast

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.foundation import errors
from api.foundation.schemas import field_errors

MEDIA_TYPE = "application/problem+json"
NO_STORE = {"Cache-Control": "no-store"}

# SQLSTATEs after which the same request may succeed: lock time-out, deadlock, serialisation,
# cancelled statement, too many connections, shutdown and start-up of the server.
_TRANSIENT = {"55P03", "40P01", "40001", "57014", "53300", "57P01", "57P02", "57P03", "25P03"}

_UNIQUE_VIOLATION = "23505"
_NO_PRIVILEGE = "42501"

log = structlog.get_logger("problems")


class FieldProblem(BaseModel):
    """One wrong field."""

    pointer: str = Field(description="RFC 6901 pointer into the body, or the parameter's name.")
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457. Switch on `code`; `type` is its documentation."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="`urn:uuid:` and the X-Request-ID of this answer.")
    code: str
    errors: list[FieldProblem] | None = Field(
        None, description="With `invalid`: at most 20 wrong fields."
    )


def problem_response(error: errors.DoorstepError, scope: Scope) -> Response:
    content: dict[str, Any] = {
        "type": f"{scope['state']['issuer']}/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": f"urn:uuid:{scope['state']['request_id']}",
        "code": error.code,
    }
    if error.errors:
        content["errors"] = [vars(each) for each in error.errors]
    return Response(
        orjson.dumps(content | error.extra),
        status_code=error.status,
        headers=NO_STORE | error.headers,
        media_type=MEDIA_TYPE,
    )


def from_validation(error: RequestValidationError) -> errors.DoorstepError:
    """Wrong path, query or header parameters: an id that is none is as absent as any other."""
    details = cast(Any, error.errors())
    if any(each["loc"][0] == "path" for each in details):
        return errors.NotFound()
    within_body = all(each["loc"][0] == "body" for each in details)
    for each in details:
        each["loc"] = each["loc"][1:]
    found = field_errors(details)
    return errors.Invalid(errors=found) if within_body else errors.BadRequest(errors=found)


def from_http(error: HTTPException, request: Request) -> errors.DoorstepError:
    """What Starlette raises before or instead of a route."""
    if error.status_code == 404:
        return errors.NotFound()
    if error.status_code == 405:
        return errors.MethodNotAllowed(headers={"Allow": ", ".join(_methods_of(request))})
    return errors.BadRequest()


def _methods_of(request: Request) -> list[str]:
    """Every method that an address answers; Starlette names those of its first route only."""
    routes = [each for each in iter_route_contexts(request.app.routes) if each.methods]
    here = [each for each in routes if each.path_regex.match(request.scope["path"])]
    return sorted({method for each in here for method in each.methods or ()})


def from_driver(error: asyncpg.PostgresError) -> errors.DoorstepError | None:
    """As `from_database`, for a statement that asyncpg ran itself."""
    away = isinstance(error, asyncpg.PostgresConnectionError)
    return errors.Unavailable() if away or error.sqlstate in _TRANSIENT else None


def from_database(error: DBAPIError) -> errors.DoorstepError | None:
    """An answer for what may pass when tried again; None for a defect."""
    state = getattr(error.orig, "sqlstate", None)
    if state == _NO_PRIVILEGE and "row-level security" in str(error.orig):
        return errors.NotFound()  # the involvement ended while this was under way
    if state == _UNIQUE_VIOLATION:
        return errors.Conflict("Something of this name or number exists already.")
    away = error.connection_invalidated or isinstance(error, InterfaceError)
    if away or state in _TRANSIENT or (state is None and isinstance(error, OperationalError)):
        return errors.Unavailable()
    return None


def install(app: FastAPI) -> None:
    """Registers the handlers on the application."""

    async def doorstep_error(request: Request, error: Exception) -> Response:
        return problem_response(cast(errors.DoorstepError, error), request.scope)

    async def validation(request: Request, error: Exception) -> Response:
        return problem_response(from_validation(cast(RequestValidationError, error)), request.scope)

    async def http(request: Request, error: Exception) -> Response:
        return problem_response(from_http(cast(HTTPException, error), request), request.scope)

    async def unavailable(request: Request, _: Exception) -> Response:
        return problem_response(errors.Unavailable(), request.scope)

    async def database(request: Request, error: Exception) -> Response:
        known = from_database(cast(DBAPIError, error))
        if known is None:
            raise error
        return problem_response(known, request.scope)

    async def driver(request: Request, error: Exception) -> Response:
        known = from_driver(cast(asyncpg.PostgresError, error))
        if known is None:
            raise error
        return problem_response(known, request.scope)

    app.add_exception_handler(errors.DoorstepError, doorstep_error)
    app.add_exception_handler(asyncpg.PostgresError, driver)
    app.add_exception_handler(asyncpg.InterfaceError, unavailable)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(PoolTimeout, unavailable)
    app.add_exception_handler(OSError, unavailable)
    app.add_exception_handler(DBAPIError, database)


def unexpected(error: Exception, scope: Scope) -> Response:
    """A defect: its type and place are logged, never its text, which may quote a person."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
    log.error("defect", error_type=type(error).__name__, place=place)
    return problem_response(errors.DoorstepError(), scope)


class LastResort:
    """ASGI middleware: a defect is answered 500 as a problem, and logged without its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await unexpected(error, scope)(scope, receive, send)
