"""Pure decisions that the parts share: which days are possible, and who ends what stands open."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Problem:
    """What contradicts itself: the field to point at, a stable code and a fixed sentence."""

    field: str
    code: str
    detail: str


def day_problem(
    field: str, day: date, today: date, *, not_before: date | None = None
) -> Problem | None:
    """Nothing is recorded of a day to come, nor ended before it began."""
    if day > today:
        return Problem(field, "future", "A day to come.")
    if not_before is not None and day < not_before:
        return Problem(field, "out_of_range", "Before it began.")
    return None


def may_resolve(*, owns: bool, owner_involved: bool) -> bool:
    """What an agency has recorded of itself, it ends itself; when it has left the family, any
    agency that is involved does, or it would stand there for ever."""
    return owns or not owner_involved


def repeated(values: list[object]) -> bool:
    return len(set(values)) != len(values)
