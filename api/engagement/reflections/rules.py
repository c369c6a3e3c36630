"""Pure decisions about reflections."""

from collections.abc import Sequence
from enum import StrEnum


class ReflectionAnswer(StrEnum):
    """Not being sure is an answer: it is what supervision is for."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def first_repeated(codes: Sequence[str]) -> int | None:
    """Where a code stands that was answered before, or None."""
    seen = set[str]()
    for index, code in enumerate(codes):
        if code in seen:
            return index
        seen.add(code)
    return None
