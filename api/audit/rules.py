"""What a checkpoint says, the id made of it, and when one is due. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

_NOTHING = UUID(int=0)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST_NUMBER, _LAST_NUMBER = 1, 2**63 - 1


class NotACheckpoint(Exception):
    """What was given says nothing that a checkpoint says, or is signed by nobody. The text says
    what is wrong with it."""


@dataclass(frozen=True)
class Statement:
    """That the chain, at this number, had this digest; and the checkpoint before."""

    issuer: str
    number: int
    digest: bytes
    made_at: datetime
    previous: UUID | None

    @property
    def id(self) -> UUID:
        return checkpoint_id(self.number, self.digest, self.previous)

    @property
    def claims(self) -> dict[str, Any]:
        """What is signed: these five, in this order and spelling."""
        return {
            "iss": self.issuer,
            "number": self.number,
            "digest": self.digest.hex(),
            "made_at": self.made_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "previous": None if self.previous is None else str(self.previous),
        }


def checkpoint_id(number: int, digest: bytes, previous: UUID | None) -> UUID:
    """A UUID of version 8 (RFC 9562) made of the first 16 bytes of
    `SHA-256(0x01 || number, 8 bytes || digest || id of the previous one, or 16 zero bytes)`.
    The first byte keeps it apart from the digests of the chain, which begin with 0x00."""
    said = b"\x01" + number.to_bytes(8, "big") + digest + (previous or _NOTHING).bytes
    value = int.from_bytes(hashlib.sha256(said).digest()[:16], "big")
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return UUID(int=value | (8 << 76) | (0b10 << 62))


def read_claims(claims: Mapping[str, Any]) -> Statement:
    """Raises NotACheckpoint for anything but the claims of one, in their one spelling."""
    try:
        found = Statement(
            issuer=_text(claims["iss"]),
            number=read_number(claims["number"]),
            digest=read_digest(claims["digest"]),
            made_at=datetime.fromisoformat(_text(claims["made_at"])),
            previous=None if claims["previous"] is None else UUID(_text(claims["previous"])),
        )
        if found.claims == dict(claims):
            return found
    except (KeyError, ValueError):
        pass
    raise NotACheckpoint("it does not say what a checkpoint says")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("no text")


def read_number(value: Any) -> int:
    """Raises ValueError for what numbers no seal."""
    if type(value) is not int or not _FIRST_NUMBER <= value <= _LAST_NUMBER:
        raise ValueError("no number of a seal")
    return value


def read_digest(text: Any) -> bytes:
    """Raises ValueError for what is no SHA-256 in lower-case hexadecimal digits."""
    if not _DIGEST.fullmatch(_text(text)):
        raise ValueError("no digest")
    return bytes.fromhex(text)


def contradiction(said: Iterable[Statement]) -> tuple[Statement, Statement] | None:
    """Two that cannot both be true of one chain: of one number, or of one checkpoint before."""
    seen: dict[object, Statement] = {}
    for each in said:
        for place in (each.number, each.previous):
            other = seen.setdefault(place, each)
            if other.id != each.id:
                return other, each
    return None


def is_due(today: date, sealed: int, last_day: date | None, last_number: int) -> bool:
    """Once a day, and only if something was sealed since."""
    return sealed > last_number and (last_day is None or today > last_day)
