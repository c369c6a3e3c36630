"""A checkpoint as an agency kept it: the answer it was given, the signature in it, the number and
digest, or no more than the id that stood in its feed and in its webhooks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from api.access import tokens
from api.audit import keys, rules
from api.audit.rules import NotACheckpoint, Statement

_PAIR = re.compile(r"([0-9]{1,19}):([0-9a-f]{64})")
_LIKE_A_PAIR = re.compile(r"[0-9]+:[0-9A-Za-z]*")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Witness:
    """What is known of it; `jws` only of one that is signed."""

    source: str
    id: UUID | None = None
    number: int | None = None
    digest: bytes | None = None
    jws: str | None = None


def read_witnesses(given: str) -> list[Witness]:
    """Of `NUMBER:DIGEST`, of an id, or of a file of either, of signatures, or of answers of
    `/v1/audit/checkpoints`. Raises NotACheckpoint, and OSError for a file that is not there."""
    if _PAIR.fullmatch(given) or _ID.fullmatch(given):
        return [_of_line(given, given)]
    if _LIKE_A_PAIR.fullmatch(given):
        raise NotACheckpoint(f"{given}: a digest has 64 hexadecimal digits, in lower case.")
    text = Path(given).read_text(errors="replace").strip()
    if text.startswith("{"):
        return _of_json(text, given)
    return [_of_line(line.strip(), given) for line in text.splitlines()] or _nothing(given)


def _nothing(source: str) -> NoReturn:
    raise NotACheckpoint(f"{source} is empty.")


def _of_line(line: str, source: str) -> Witness:
    try:
        pair = _PAIR.fullmatch(line)
        if pair:
            number, digest = rules.read_number(int(pair[1])), rules.read_digest(pair[2])
            return Witness(source, number=number, digest=digest)
        if _ID.fullmatch(line):
            return Witness(source, id=UUID(line))
        said = rules.read_claims(tokens.read_unverified(line))
    except (NotACheckpoint, tokens.InvalidToken, ValueError):
        raise NotACheckpoint(f"{source} holds no checkpoint.") from None
    return Witness(source, said.id, said.number, said.digest, line)


def read_kept(file: str) -> list[tuple[Statement, str]]:
    """What the answers in a file say, each with the `kid` of the key that it brings and that its
    signature holds with. Raises NotACheckpoint, and OSError for a file that is not there."""
    items = _items(Path(file).read_text(errors="replace"), file)
    return [(_said(each, file), keys.kid_of(each["jws"])) for each in items]


def _of_json(text: str, source: str) -> list[Witness]:
    found = []
    for each in _items(text, source):
        said = _said(each, source)
        found.append(Witness(source, said.id, said.number, said.digest, each["jws"]))
    return found


def _items(text: str, source: str) -> list[Any]:
    """The answers in a page of the list, or the one."""
    try:
        found = json.loads(text)
        items = found.get("items", [found])
    except (ValueError, RecursionError, AttributeError):
        raise NotACheckpoint(f"{source} holds no answer of the service.") from None
    if not isinstance(items, list):
        raise NotACheckpoint(f"{source} holds no checkpoint.")
    return items or _nothing(source)


def _said(given: Any, source: str) -> Statement:
    """What an answer says, whose signature must hold by itself: it brings its key."""
    try:
        said = keys.read_signed(given["jws"], _jwk(given["public_jwk"]))
        shown = {**said.claims, "id": str(said.id)}
        if any(given[name] != shown[name] for name in ("id", "number", "digest", "previous")):
            raise NotACheckpoint("it does not say what was signed")
    except NotACheckpoint as error:
        raise NotACheckpoint(f"{source}: {error}.") from None
    except (KeyError, TypeError):
        raise NotACheckpoint(f"{source} holds no checkpoint.") from None
    return said


def _jwk(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise NotACheckpoint("its public key is none")
    return given
