"""What happens around every request: its ids, the security headers, the log line, the metrics."""

import re
import time
from uuid import UUID, uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.foundation import metrics

_CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000",
}

log = structlog.get_logger("requests")


class RequestContext:
    """ASGI middleware: outermost, so that every answer, refusals included, passes it."""

    def __init__(self, app: ASGIApp, issuer: str) -> None:
        self._app = app
        self._issuer = issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["issuer"] = self._issuer
        state["request_id"] = _uuid(headers.get("x-request-id")) or str(uuid4())
        correlation = headers.get("x-correlation-id", "")
        echoed = {"X-Request-ID": state["request_id"]}
        if _CORRELATION.fullmatch(correlation):
            echoed["X-Correlation-ID"] = correlation
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = MutableHeaders(scope=message)
                for name, value in (SECURITY_HEADERS | echoed).items():
                    given.setdefault(name, value)
                for name, value in state.get("quota_headers", {}).items():
                    given.setdefault(name, value)
                given.setdefault("Cache-Control", "no-store")
            await send(message)

        with structlog.contextvars.bound_contextvars(
            request_id=state["request_id"], **_traced(headers, echoed)
        ):
            try:
                await self._app(scope, receive, answer)
            finally:
                _observe(scope, status, time.perf_counter() - started)


def _traced(headers: Headers, echoed: dict[str, str]) -> dict[str, str]:
    found = {}
    if "X-Correlation-ID" in echoed:
        found["correlation_id"] = echoed["X-Correlation-ID"]
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    if trace and int(trace.group(1), 16) and int(trace.group(2), 16):
        found["trace_id"] = trace.group(1)
    return found


def _uuid(text: str | None) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


def route_of(scope: Scope) -> str:
    """The route's template, never the path itself, which holds ids."""
    return getattr(scope.get("route"), "path", "unmatched")


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route, method = route_of(scope), scope["method"]
    if method not in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}:
        method = "other"
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
    actor = scope["state"].get("actor")
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        agency_id=str(actor.agency_id) if actor else None,
        client_id=str(actor.client_id) if actor else None,
    )
