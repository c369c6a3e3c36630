"""Structured logs by allow-list: a field that is not declared here is never written."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What a line may hold. Ids of agencies and clients are no personal data; ids of families are
# left out all the same, since a log is read by people who have no reason to know one.
ALLOWED = frozenset(
    {
        "event", "level", "logger", "timestamp", "request_id", "correlation_id", "trace_id",
        "method", "route", "status", "duration_ms", "agency_id", "client_id", "error_type",
        "place", "reason", "count", "kid", "subscription_id", "delivery_id", "attempt",
        "outcome", "task", "host", "port", "version", "name", "state", "seconds",
    }
)  # fmt: skip


def _only_allowed(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {name: value for name, value in entry.items() if name in ALLOWED}


class _Bare(logging.Handler):
    """Lines of libraries: the logger's name and the kind of error, never their text, which may
    quote a request or a query."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        structlog.get_logger(record.name).log(
            record.levelno,
            "library",
            name=record.name,
            place=f"{record.filename}:{record.lineno}",
            error_type=error.__name__ if error else None,
        )


def configure(level: str) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Bare()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    access = logging.getLogger("uvicorn.access")  # the request's own line says it all
    access.handlers, access.propagate = [logging.NullHandler()], False
