"""Pure decisions about break-glass: how long it is open, when its review is due, by whom."""

from datetime import datetime
from enum import StrEnum

from api.foundation.calendar import add_working_days, end_of_day, london_date


class State(StrEnum):
    OPEN = "open"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


class BreakGlassOutcome(StrEnum):
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


def review_due(opened_at: datetime, working_days: int) -> datetime:
    """The close, in London, of so many working days after the day of its opening."""
    return end_of_day(add_working_days(london_date(opened_at), working_days))


def is_open(expires_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    return ended_at is None and now < expires_at


def state_of(
    expires_at: datetime, ended_at: datetime | None, reviewed_at: datetime | None, now: datetime
) -> State:
    if reviewed_at is not None:
        return State.REVIEWED
    return State.OPEN if is_open(expires_at, ended_at, now) else State.UNREVIEWED


def is_overdue(due: datetime, reviewed_at: datetime | None, now: datetime) -> bool:
    return reviewed_at is None and due <= now
