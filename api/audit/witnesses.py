"""A checkpoint as an agency kept it: the answer it was given, the signature in it, the number and
digest, or no more than the id that stood in its feed and in its webhooks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from api.access import tokens
from api.audit import keys, rules
from api.audit.rules import NotACheckpoint

_PAIR = re.compile(r"([0-9]{1,19}):([0-9a-f]{64})")
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
    text = Path(given).read_text(errors="replace").strip()
    if text.startswith("{"):
        return _of_json(text, given)
    return [_of_line(line.strip(), given) for line in text.splitlines()] or _nothing(given)


def _nothing(source: str) -> list[Witness]:
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


def _of_json(text: str, source: str) -> list[Witness]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotACheckpoint(f"{source} is no JSON.") from None
    items = found.get("items", [found])
    if not isinstance(items, list):
        raise NotACheckpoint(f"{source} holds no checkpoint.")
    return [_of_answer(each, source) for each in items] or _nothing(source)


def _of_answer(given: Any, source: str) -> Witness:
    """An answer of the service, whose signature must hold by itself: it brings its key."""
    try:
        said = keys.read_signed(given["jws"], _jwk(given["public_jwk"]))
        shown = {**said.claims, "id": str(said.id)}
        if any(given[name] != shown[name] for name in ("id", "number", "digest", "previous")):
            raise NotACheckpoint("it does not say what was signed")
    except NotACheckpoint as error:
        raise NotACheckpoint(f"{source}: {error}.") from None
    except (KeyError, TypeError):
        raise NotACheckpoint(f"{source} holds no checkpoint.") from None
    return Witness(source, said.id, said.number, said.digest, given["jws"])


def _jwk(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise NotACheckpoint("its public key is none")
    return given
