"""When the next attempt is, or that there is none. Pure."""

import email.utils
import math
from datetime import datetime, timedelta

from api.journal.priorities import Priority

# Seconds before each attempt, counted from the attempt before it.
URGENT = (0, 5, 15, 30, 60, 120, 300, 600, 900, 1800)
URGENT_THEN = 3600
URGENT_FOR = timedelta(hours=72)
ROUTINE = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
RETRY_AFTER_AT_MOST = timedelta(hours=1)


def next_attempt(
    priority: str,
    made: int,
    first_due: datetime,
    now: datetime,
    *,
    chance: float,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """When to try again after `made` attempts (at least one), or None: the schedule is exhausted.

    `chance` between 0 and 1 spreads the delay by 20 % either way; `retry_after` is what the
    receiver asked for, which can lengthen a delay and never shorten it."""
    delay = _delay(priority, made, first_due, now)
    if delay is None:
        return None
    spread = delay * (1 + JITTER * (2 * chance - 1))
    wished = retry_after or timedelta()
    return now + max(spread, min(wished, RETRY_AFTER_AT_MOST))


def _delay(priority: str, made: int, first_due: datetime, now: datetime) -> timedelta | None:
    if priority == Priority.ROUTINE:
        return timedelta(seconds=ROUTINE[made]) if made < len(ROUTINE) else None
    if made < len(URGENT):
        return timedelta(seconds=URGENT[made])
    if now - first_due >= URGENT_FOR:
        return None
    return timedelta(seconds=URGENT_THEN)


def bounded_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """As it is granted: no longer than an hour, however far the date lies ahead."""
    wished = read_retry_after(value, now)
    return None if wished is None else min(wished, RETRY_AFTER_AT_MOST)


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date (RFC 9110, 10.2.3); nonsense is ignored."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    seconds = (moment - now).total_seconds()
    return timedelta(seconds=math.ceil(seconds)) if seconds > 0 else None
