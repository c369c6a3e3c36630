"""Pure decisions about break-glass: how long it is open, when its review is due, by whom."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.foundation.calendar import end_of_day, london_date, next_working_day
from api.foundation.names import plain_name


class State(StrEnum):
    OPEN = "open"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


class BreakGlassOutcome(StrEnum):
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


def review_due(opened_at: datetime, working_days: int) -> datetime:
    """The close, in London, of so many working days after the day of its opening."""
    day = london_date(opened_at)
    for _ in range(working_days):
        day = next_working_day(day)
    return end_of_day(day)


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


def same_person(reader_id: UUID, reader_name: str, reviewer_id: UUID, reviewer_name: str) -> bool:
    """One person may be known to two agencies, or by two staff ids, so the names are compared as
    well: a namesake must find a colleague, which is the safe mistake."""
    return reader_id == reviewer_id or plain_name(reader_name) == plain_name(reviewer_name)
