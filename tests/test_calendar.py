"""England's calendar, and when a date ends."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.calendar import (
    add_months,
    end_of_day,
    is_working_day,
    london_date,
    london_time,
    next_working_day,
)
from api.foundation.clock import ManualClock, SystemClock

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),
        (date(2026, 11, 27), date(2026, 11, 30)),
        (date(2026, 12, 24), date(2026, 12, 29)),  # Boxing Day falls on a Saturday
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2027, 3, 25), date(2027, 3, 30)),  # Easter
        (date(2027, 4, 30), date(2027, 5, 4)),  # early May
        (date(2027, 8, 27), date(2027, 8, 31)),  # late August, which Scotland keeps early
        (date(2023, 5, 5), date(2023, 5, 9)),  # the coronation
    ],
)
def test_the_working_day_that_follows(day: date, following: date) -> None:
    assert next_working_day(day) == following


def test_what_only_scotland_keeps_is_a_working_day_in_england() -> None:
    assert is_working_day(date(2026, 11, 30))
    assert is_working_day(date(2026, 1, 2))


@given(days)
def test_the_next_working_day_is_the_first_one_after(day: date) -> None:
    found = next_working_day(day)
    assert is_working_day(found)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days)]
    assert not any(is_working_day(each) for each in between)


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2027, 1, 31), datetime(2027, 2, 1, 0, tzinfo=UTC)),
        (date(2027, 6, 30), datetime(2027, 6, 30, 23, tzinfo=UTC)),
        (date(2027, 3, 27), datetime(2027, 3, 28, 0, tzinfo=UTC)),  # the night before summer time
        (date(2027, 3, 28), datetime(2027, 3, 28, 23, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 23, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 11, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_date_ends_at_the_next_midnight_in_london(day: date, ends: datetime) -> None:
    assert end_of_day(day) == ends
    assert london_date(ends - timedelta(microseconds=1)) == day
    assert london_date(ends) == day + timedelta(days=1)


def test_noon_in_london_is_an_hour_earlier_in_summer() -> None:
    assert london_time(date(2027, 1, 4), time(12)) == datetime(2027, 1, 4, 12, tzinfo=UTC)
    assert london_time(date(2027, 7, 5), time(12)) == datetime(2027, 7, 5, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 23), 6, date(2027, 5, 23)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: date, months: int, later: date
) -> None:
    assert add_months(day, months) == later


@given(days, st.integers(0, 24))
def test_more_months_are_never_earlier(day: date, months: int) -> None:
    assert add_months(day, months) < add_months(day, months + 1)


def test_clocks_tell_utc_and_a_manual_one_stands_still() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 11, 23, 1, tzinfo=UTC)
    clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
