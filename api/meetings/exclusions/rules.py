"""What becomes of requests to keep somebody of the family out of a meeting."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class ExclusionStatus(StrEnum):
    REQUESTED = "requested"
    EXCLUDED = "excluded"
    EXCLUDED_IN_PART = "excluded_in_part"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExclusionOutcome(StrEnum):
    """What the chair decides."""

    EXCLUDED = "excluded"
    EXCLUDED_IN_PART = "excluded_in_part"
    REFUSED = "refused"


EXCLUDING = frozenset({ExclusionStatus.EXCLUDED, ExclusionStatus.EXCLUDED_IN_PART})


class Asked(NamedTuple):
    """A request about a member; `decided_at` is null while nobody has decided."""

    member_id: UUID
    status: ExclusionStatus
    decided_at: datetime | None


def standing(requests: Iterable[Asked]) -> dict[UUID, ExclusionStatus]:
    """What holds of each member: the latest decision of the chair."""
    decided = [each for each in requests if each.decided_at is not None]
    decided.sort(key=lambda each: (each.decided_at, each.member_id))
    return {each.member_id: each.status for each in decided}


def undecided(requests: Iterable[Asked]) -> set[UUID]:
    """The members about whom the chair has yet to decide."""
    return {each.member_id for each in requests if each.status is ExclusionStatus.REQUESTED}
