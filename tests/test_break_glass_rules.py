"""The pure decisions of break-glass."""

from datetime import UTC, datetime, timedelta

import pytest

from api.families.break_glass import rules
from api.families.break_glass.rules import State

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2026-11-23T10:00", 3, "2026-11-27T00:00"),  # Monday, until the close of Thursday
        ("2026-11-27T10:00", 3, "2026-12-03T00:00"),  # over a weekend
        ("2026-11-28T23:30", 1, "2026-12-01T00:00"),  # a Saturday
        ("2026-12-23T10:00", 3, "2026-12-31T00:00"),  # Christmas and Boxing Day (on the Monday)
        ("2027-06-14T10:00", 1, "2027-06-15T23:00"),  # summer: midnight in London is 23 UTC
        ("2027-06-14T23:30", 1, "2027-06-16T23:00"),  # in London it is Tuesday already
    ],
)
def test_a_review_is_due_at_the_close_of_a_working_day_in_london(
    opened: str, days: int, due: str
) -> None:
    at, expected = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (opened, due))
    assert rules.review_due(at, days) == expected


@pytest.mark.parametrize(
    ("expires", "ended", "reviewed", "state"),
    [
        (LATER, None, None, State.OPEN),
        (NOW, None, None, State.UNREVIEWED),
        (BEFORE, None, None, State.UNREVIEWED),
        (LATER, BEFORE, None, State.UNREVIEWED),
        (LATER, NOW, NOW, State.REVIEWED),
        (BEFORE, None, NOW, State.REVIEWED),
    ],
)
def test_its_state_follows_from_its_times(
    expires: datetime, ended: datetime | None, reviewed: datetime | None, state: State
) -> None:
    assert rules.state_of(expires, ended, reviewed, NOW) is state
    assert rules.is_open(expires, ended, NOW) == (state is State.OPEN)


def test_a_review_is_overdue_from_the_moment_it_was_due_until_it_is_made() -> None:
    assert rules.is_overdue(NOW, None, NOW)
    assert not rules.is_overdue(NOW, None, NOW - timedelta(seconds=1))
    assert not rules.is_overdue(NOW, LATER, LATER)
