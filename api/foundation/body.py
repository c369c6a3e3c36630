"""The one body pipeline: size and time caps while reading, then what JSON parsers let pass.

Runs before routing, for every route. What it refuses never reaches a handler.
"""

import asyncio
import json
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.foundation.errors import BadRequest, DoorstepError, Invalid, PayloadTooLarge
from api.foundation.errors import UnsupportedMediaType as UnsupportedType
from api.foundation.problems import problem_response

BODY_LIMIT = 256 * 1024
BODY_SECONDS = 10
MAX_DEPTH = 32
MAX_DIGITS = 19
CLOSE = {"Connection": "close"}

FORM_ROUTES = frozenset({"/oauth2/token"})

# Possessive, and content with a string that never ends: each character is looked at once.
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_CONTENT_TYPE = re.compile(r'application/json(\s*;\s*charset\s*=\s*"?utf-8"?)?\s*', re.IGNORECASE)


class BodyPipeline:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(scope, receive)
            if scope["path"] not in FORM_ROUTES:
                check_json(Headers(scope=scope), body)
        except DoorstepError as error:
            await problem_response(error, scope)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = True

    async def replay() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Reads all of the body. Raises PayloadTooLarge at the first byte too many, whatever
    Content-Length says, and BadRequest when it does not arrive in time. Either closes the
    connection: whoever sends the rest all the same would keep it for ever."""
    declared = Headers(scope=scope).get("content-length", "0")
    if declared.isdigit() and int(declared) > BODY_LIMIT:
        raise PayloadTooLarge(headers=CLOSE)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BadRequest("The connection closed before the body was complete.")
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > BODY_LIMIT:
                    raise PayloadTooLarge(headers=CLOSE)
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise BadRequest("The body did not arrive in time.", headers=CLOSE) from None


def check_json(headers: Headers, body: bytes) -> None:
    """Raises what is wrong with the body as JSON, beyond what any one route expects of it."""
    if not body:
        return
    if headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedType
    if not _CONTENT_TYPE.fullmatch(headers.get("content-type", "")):
        raise UnsupportedType
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise BadRequest("The body must be UTF-8 without a byte order mark.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The body must be UTF-8.") from None
    _check_depth(text)
    parsed = parse_json(text)
    if "\\u" in text:
        _check_surrogates(parsed)
    if not isinstance(parsed, dict):
        raise Invalid.field("", "object_required", "The body must be a JSON object.")


def parse_json(text: str) -> Any:
    """JSON without duplicate keys, NaN, infinities or numbers beyond 64 bits."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_number,
            parse_int=_bounded_int,
            parse_float=_finite,
        )
    except ValueError:
        raise BadRequest("The body is not valid JSON.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("An object names the same key twice.")
    return found


def _refuse_number(_: str) -> Any:
    raise BadRequest("NaN and Infinity are not JSON.")


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise BadRequest("A number is out of range.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise BadRequest("A number is out of range.")
    return number


def _check_depth(text: str) -> None:
    """Counts brackets outside strings, before any recursive parser sees the text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _STRINGS_AND_BRACKETS.finditer(text):
        mark = bracket.group()
        depth += (mark in "[{") - (mark in "]}") if len(mark) == 1 else 0
        if depth > MAX_DEPTH:
            raise BadRequest("The body is nested too deeply.")


def _check_surrogates(value: Any) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _check_surrogates(key)
            _check_surrogates(each)
    elif isinstance(value, list):
        for each in value:
            _check_surrogates(each)
    elif isinstance(value, str) and any("\ud800" <= each <= "\udfff" for each in value):
        raise Invalid.field("", "unsafe_text", "A text holds half of a surrogate pair.")
