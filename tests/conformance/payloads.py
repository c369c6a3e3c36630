"""Bodies and values that no route may take: `security.md` §4.3."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from api.foundation.body import BODY_LIMIT
from tests.conformance.conversation import DOCUMENT, documented
from tests.conformance.routes import Operation

CANARY = "Zyx7731Canary"
JSON = {"Content-Type": "application/json"}
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Payload:
    """Made of the text of a valid body. `status` is what it must be answered with."""

    name: str
    status: int
    make: Callable[[str], bytes]
    headers: dict[str, str] = field(default_factory=lambda: JSON)

    def __str__(self) -> str:
        return self.name


def with_member(text: str, member: str) -> bytes:
    """The valid body with one more member in front."""
    rest = text[1:].lstrip()
    return f"{{{member}{'' if rest.startswith('}') else ','}{rest}".encode()


def _member(name: str, status: int, value: str) -> Payload:
    return Payload(name, status, lambda text: with_member(text, f'"{CANARY}": {value}'))


def _raw(name: str, status: int, body: bytes) -> Payload:
    return Payload(name, status, lambda _: body)


def _sent_as(name: str, status: int, headers: dict[str, str]) -> Payload:
    return Payload(name, status, lambda text: with_member(text, f'"{CANARY}": 1'), headers)


def _encoded(name: str, encoding: str) -> Payload:
    return Payload(name, 400, lambda text: text.encode(encoding))


_DEEP = 100_000
_STRING = f'"{CANARY}"'

BODIES = [
    _member("not a number", 400, "NaN"),
    _member("infinity", 400, "Infinity"),
    _member("minus infinity", 400, "-Infinity"),
    _member("a float beyond range", 400, "1e999"),
    _member("a negative float beyond range", 400, "-1e999"),
    _member("an integer of 5,000 digits", 400, "9" * 5000),
    _member("an integer beyond 64 bits", 400, str(2**63)),
    _member("a negative integer beyond 64 bits", 400, str(-(2**63) - 1)),
    _member("arrays nested 100,000 deep", 400, "[" * _DEEP + "]" * _DEEP),
    _member("arrays that never close", 400, "[" * _DEEP),
    _member("a bracket behind an escaped quote", 400, '"\\"' + "[" * 40),
    _member("objects nested 33 deep", 400, '{"a":' * 33 + "1" + "}" * 33),
    _member("a duplicate key below", 400, f'{{"a": {_STRING}, "a": {_STRING}}}'),
    _member("half of a surrogate pair", 422, f'"{CANARY}\\ud800"'),
    _member("halves in the wrong order", 422, f'"{CANARY}\\udc00\\ud800"'),
    _member("an unknown field", 422, _STRING),
    _member("an unknown object", 422, f'{{"{CANARY}": {_STRING}}}'),
    Payload("a duplicate key", 400, lambda text: with_member(text, f'"a": {_STRING}, "a": 1')),
    Payload("a duplicate key, escaped", 400, lambda t: with_member(t, '"ab": 1, "\\u0061b": 2')),
    Payload("a key that is half of a pair", 422, lambda t: with_member(t, f'"{CANARY}\\ud83d": 1')),
    Payload("a key of controls", 422, lambda t: with_member(t, f'"{CANARY}\\u0000\\u202e": 1')),
    Payload("a key of 200,000 characters", 422, lambda t: with_member(t, f'"{"k" * 200_000}": 1')),
    Payload("no end", 400, lambda text: text[:-1].encode()),
    Payload("something behind the end", 400, lambda text: f"{text} {_STRING}".encode()),
    Payload("twice", 400, lambda text: (text + text).encode()),
    Payload("bytes that are not UTF-8", 400, lambda text: text[:-1].encode() + b"\xff}"),
    _encoded("UTF-16", "utf-16"),
    _encoded("UTF-16 without a mark", "utf-16-be"),
    _encoded("UTF-32", "utf-32"),
    _encoded("UTF-8 with a byte order mark", "utf-8-sig"),
    _raw("nothing", 422, b""),
    _raw("white space", 400, b" \n"),
    _raw("an array", 422, f"[{_STRING}]".encode()),
    _raw("an array of the body", 422, b"[{}]"),
    _raw("a string", 422, _STRING.encode()),
    _raw("a number", 422, b"7731"),
    _raw("null", 422, b"null"),
    _raw("true", 422, b"true"),
    _raw("a bare word", 400, CANARY.encode()),
    _raw("single quotes", 400, f"{{'a': '{CANARY}'}}".encode()),
    _raw("a NUL byte", 400, b"\x00"),
    _raw("a form", 400, f"a={CANARY}".encode()),
    _raw("200,000 keys", 413, json.dumps({f"{CANARY}{n}": n for n in range(200_000)}).encode()),
    _raw("the most keys that fit", 422, json.dumps({f"k{n}": 1 for n in range(18_000)}).encode()),
    _raw("one byte too many", 413, b'{"a": "' + b"a" * (BODY_LIMIT - 8) + b'"}'),
    _sent_as("gzip that is none", 415, JSON | {"Content-Encoding": "gzip"}),
    _sent_as("brotli that is none", 415, JSON | {"Content-Encoding": "br"}),
    _sent_as("plain text", 415, {"Content-Type": "text/plain"}),
    _sent_as("a form's type", 415, {"Content-Type": "application/x-www-form-urlencoded"}),
    _sent_as("another JSON", 415, {"Content-Type": "application/merge-patch+json"}),
    _sent_as("another charset", 415, {"Content-Type": "application/json; charset=utf-16"}),
    _sent_as("no type", 415, {"Content-Type": ""}),
    _sent_as("two types", 415, {"Content-Type": "application/json, text/html"}),
]  # fmt: skip

TEXTS = {
    "NUL": "\x00", "escape": "\x1b[31m", "carriage return": "\r\n", "delete": "\x7f",
    "a C1 control": "\x9b", "right-to-left override": "\u202e", "isolate": "\u2066",
    "right-to-left mark": "\u200f", "zero-width space": "\u200b", "byte order mark": "\ufeff",
    "line separator": "\u2028", "half of a pair": "\ud800", "no character": "\uffff",
}  # fmt: skip
DAYS = [
    0, "0", 1e12, "", "0001-01-01", "0000-00-00", "1899-12-31", "2100-01-01", "9999-12-31",
    "infinity", "-infinity", "now", "2026-13-01", "2026-02-30", "20261123", "2026-11-23T00:00:00Z",
    "2026-11-23 ", "２０２６-11-23", "2026-W48-1", True,
]  # fmt: skip
_ID = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
IDS = [
    _ID.replace("-", ""), f"{{{_ID}}}", f"urn:uuid:{_ID}", f" {_ID}", f"{_ID}\n", _ID[:-1], "", "0",
    0, CANARY, "٠19ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11", True,
]  # fmt: skip
FLAGS = ["true", "yes", 0, 1, 1.0, "", []]
WRONG_TYPES = [7731, 1.5, True, [CANARY], {"a": CANARY}]


async def endless(sent: list[int]) -> AsyncIterator[bytes]:
    """20 MB without a Content-Length; `sent` counts what was read of it."""
    chunk = f'"{CANARY}", '.encode() * 1000
    for _ in range(20 * 1024 * 1024 // len(chunk)):
        sent.append(len(chunk))
        yield chunk


@dataclass(frozen=True)
class Leaf:
    """A value of a body: where it stands, and its schema."""

    path: Path
    schema: dict[str, Any]

    @property
    def pointer(self) -> str:
        return "".join(f"/{each}" for each in self.path)


def leaves(operation: Operation) -> list[Leaf]:
    """Every value that the documented body can hold, optional ones included."""
    content = documented(operation)["requestBody"]["content"]
    return list(_leaves(content["application/json"]["schema"], ()))


def _leaves(schema: dict[str, Any], path: Path) -> Iterator[Leaf]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from _leaves(DOCUMENT["components"]["schemas"][name], path)
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _leaves(each, path)
    for name, each in schema.get("properties", {}).items():
        yield from _leaves(each, (*path, name))
    if "items" in schema:
        yield from _leaves(schema["items"], (*path, 0))
    if schema.get("type") in ("string", "boolean"):
        yield Leaf(path, schema)


def replaced(body: Any, path: Path, value: Any) -> Any:
    """The body with one value put in its place, whatever stood there or not."""
    if not path:
        return value
    here, rest = path[0], path[1:]
    if isinstance(here, int):
        kept = list(body) if isinstance(body, list) else []
        return [replaced(kept[0] if kept else None, rest, value), *deepcopy(kept[1:])]
    kept = dict(body) if isinstance(body, dict) else {}
    return {**kept, here: replaced(kept.get(here), rest, value)}
