"""Pure decisions about obligations to share."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from api.access.actor import Named

Agency = TypeVar("Agency")


class ObligationStatus(StrEnum):
    OPEN = "open"
    DISCHARGED = "discharged"


class Discharge(StrEnum):
    """By what an obligation is met. The last is no act of the agency's: others ended its
    involvement, and it has nothing left to share from."""

    ALERT = "alert"
    INCIDENT = "incident"
    REASON = "reason"
    INVOLVEMENT_ENDED = "involvement_ended"


def due_at(moment: datetime, owed_to: Collection[Agency], hours: int) -> datetime | None:
    """None while there is nobody to share with: the clock has not started."""
    return moment + timedelta(hours=hours) if owed_to else None


def is_overdue(
    status: ObligationStatus, due: datetime | None, owed_to: Collection[Agency], now: datetime
) -> bool:
    return status is ObligationStatus.OPEN and bool(owed_to) and due is not None and due <= now


def not_reached(owed_to: Collection[Agency], reached: Collection[Agency]) -> list[Agency]:
    """Those who would still not know. An obligation is met whole or not at all."""
    return [each for each in owed_to if each not in reached]


def reason_refusal(person: Named, answered: Named) -> str | None:
    """Why this person may not say that it is not shared, or None."""
    if person.is_same_as(answered):
        return "Who answered the questions is not the manager who says why it is not shared."
    return None
