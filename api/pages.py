"""What is read by people and by those who run the service: docs, health, metrics, problems."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from api.foundation.calendar import london_date
from api.foundation.errors import DoorstepError, NotFound, Unavailable, problem_types
from api.foundation.json import to_json
from api.foundation.openapi import of_day, public_problems
from api.foundation.schemas import ResponseBody
from api.journal.dependencies import check_parameters, runtime_of

router = APIRouter(tags=["Operation"], dependencies=[Depends(check_parameters)])

PUBLIC: dict[str, Any] = {"security": []}
READY_SECONDS = 2

DESCRIPTION = """
The agencies of a safeguarding partnership warn each other. One agency publishes a
risk-to-practitioner alert on a shared family record; every other agency involved with that
family is told through its signed webhook and its feed within seconds, reads it under its own
authority, acknowledges it, and is told when it is withdrawn.

**The order of the work:** get a token → match or register the family → join it → publish, read,
acknowledge → follow the feed or a webhook.

**Conventions.** Errors are `application/problem+json` (RFC 9457); switch on `code`. What you may
not read is 404, as if it were absent. A POST may carry an `Idempotency-Key`; publishing needs
one. Changes need `If-Match` with the `ETag` last read. Times are RFC 3339, with seconds and
zone; ids are UUIDs. Unknown fields are refused. Keep `X-Request-ID` of an answer for questions.
"""


class ProblemType(ResponseBody):
    code: str
    status: int
    title: str
    meaning: str


class ProblemTypes(ResponseBody):
    items: list[ProblemType]


@router.get(
    "/livez", operation_id="livez", summary="Does the process answer?", openapi_extra=PUBLIC
)
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Is it ready for requests?",
    openapi_extra=PUBLIC,
    responses=public_problems(503),
)
async def readyz(request: Request) -> dict[str, str]:
    """The process answers and its database does: send it requests."""
    try:
        async with (
            asyncio.timeout(READY_SECONDS),
            runtime_of(request).database.session() as session,
        ):
            await session.execute(text("SELECT 1"))
    except DoorstepError:
        raise
    except Exception:
        raise Unavailable("The database does not answer.") from None
    return {"status": "ok"}


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Counts and times of requests",
    openapi_extra=PUBLIC,
    response_class=PlainTextResponse,
)
async def metrics() -> Response:
    """For Prometheus: counts and times by route; never an id."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """The document, with examples that are good today."""
    today = london_date(runtime_of(request).clock.now())
    content = to_json(of_day(request.app.openapi(), today))
    return Response(content, media_type="application/json")


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """This document, to read and to try."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=request.app.title,
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="/docs/favicon-32x32.png",
        swagger_ui_parameters={"defaultModelsExpandDepth": -1, "displayOperationId": True},
    )


@router.get(
    "/problems",
    operation_id="list_problems",
    summary="Every code of an error",
    openapi_extra=PUBLIC,
)
async def list_problems() -> ProblemTypes:
    """Every `code` an error can have, with its status and meaning."""
    return ProblemTypes(items=[_described(each) for each in problem_types()])


@router.get(
    "/problems/{code}",
    operation_id="get_problem",
    summary="What an error means",
    openapi_extra=PUBLIC,
    response_class=PlainTextResponse,
    response_model=None,
    responses=public_problems(404),
)
async def get_problem(
    code: Annotated[str, Path(description="As an error has it in `code`.")],
) -> str:
    """What a problem's `type` leads to: its meaning, in words."""
    for each in problem_types():
        if each.code == code:
            known = _described(each)
            return f"{known.title} ({known.status}, {code})\n\n{known.meaning}\n"
    raise NotFound


def _described(problem: type[DoorstepError]) -> ProblemType:
    meaning = " ".join((problem.__doc__ or "").split())
    return ProblemType(
        code=problem.code, status=problem.status, title=problem.title, meaning=meaning
    )
