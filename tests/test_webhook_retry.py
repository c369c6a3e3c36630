"""The urgent and the routine schedule, their jitter, and what a receiver may ask for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.webhooks.retry import next_attempt, read_retry_after

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URGENT_SECONDS = [5, 15, 30, 60, 120, 300, 600, 900, 1800]
ROUTINE_SECONDS = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
chances = st.floats(0, 1)
times = st.integers(10**9, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def delay(priority: str, made: int, chance: float = 0.5, **given: timedelta) -> timedelta:
    found = next_attempt(priority, made, NOW, NOW, chance=chance, **given)
    assert found is not None
    return found - NOW


@pytest.mark.parametrize(
    ("priority", "seconds"), [("urgent", URGENT_SECONDS), ("routine", ROUTINE_SECONDS)]
)
def test_the_delays_of_the_schedule_are_kept_when_chance_is_even(
    priority: str, seconds: list[int]
) -> None:
    found = [delay(priority, made).total_seconds() for made in range(1, len(seconds) + 1)]
    assert found == pytest.approx(seconds)


@given(st.integers(10, 1000), chances)
def test_after_its_schedule_an_urgent_message_is_tried_every_hour(made: int, chance: float) -> None:
    found = delay("urgent", made, chance)
    assert 0.8 * HOUR <= found <= 1.2 * HOUR


@given(st.integers(10, 1000), st.timedeltas(timedelta(), timedelta(days=30)), chances)
def test_an_urgent_message_is_given_up_after_72_hours_and_not_before(
    made: int, age: timedelta, chance: float
) -> None:
    found = next_attempt("urgent", made, NOW - age, NOW, chance=chance)
    assert (found is None) == (age >= timedelta(hours=72))


@given(st.integers(1, 50), st.timedeltas(timedelta(), timedelta(days=30)), chances)
def test_a_routine_message_is_given_up_after_ten_attempts_and_not_before(
    made: int, age: timedelta, chance: float
) -> None:
    found = next_attempt("routine", made, NOW - age, NOW, chance=chance)
    assert (found is None) == (made >= 10)


def test_the_routine_schedule_lasts_longer_than_three_days() -> None:
    assert timedelta(seconds=0.8 * sum(ROUTINE_SECONDS)) >= timedelta(days=2)
    assert timedelta(seconds=sum(ROUTINE_SECONDS)) > timedelta(days=3)


@given(st.sampled_from(["urgent", "routine"]), st.integers(1, 9), chances, times)
def test_jitter_stays_within_a_fifth_of_the_delay(
    priority: str, made: int, chance: float, now: datetime
) -> None:
    seconds = {"urgent": URGENT_SECONDS, "routine": ROUTINE_SECONDS}[priority][made - 1]
    found = next_attempt(priority, made, now, now, chance=chance)
    assert found is not None
    assert 0.8 * seconds - 1e-5 <= (found - now).total_seconds() <= 1.2 * seconds + 1e-5


@given(st.integers(1, 9), chances, chances)
def test_a_later_chance_never_comes_earlier(made: int, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert delay("urgent", made, low) <= delay("urgent", made, high)


@given(
    st.sampled_from(["urgent", "routine"]),
    st.integers(1, 9),
    chances,
    st.timedeltas(timedelta(), timedelta(days=1000)),
)
def test_what_the_receiver_asks_for_lengthens_a_delay_to_an_hour_at_most(
    priority: str, made: int, chance: float, wished: timedelta
) -> None:
    plain = delay(priority, made, chance)
    found = delay(priority, made, chance, retry_after=wished)
    assert found == max(plain, min(wished, HOUR))


def test_what_the_receiver_asks_for_does_not_revive_an_exhausted_message() -> None:
    assert next_attempt("routine", 10, NOW, NOW, chance=0.5, retry_after=HOUR) is None


@given(st.integers(0, 10**9 - 1))
def test_retry_after_is_read_in_seconds(seconds: int) -> None:
    assert read_retry_after(f" {seconds} ", NOW) == timedelta(seconds=seconds)


@given(times, st.integers(-(10**6), 10**6))
def test_retry_after_is_read_as_a_date_and_the_past_is_ignored(now: datetime, ahead: int) -> None:
    moment = now + timedelta(seconds=ahead)
    expected = timedelta(seconds=ahead) if ahead > 0 else None
    assert read_retry_after(format_datetime(moment, usegmt=True), now) == expected


@pytest.mark.parametrize(
    "nonsense",
    [
        None, "", " ", "soon", "-1", "1.5", "1e30", "inf", "nan", "10000000000", "9" * 5000, "٣",
        "²", "0x10", "+5", "5, 6", "Mon, 99 Nov 2026 10:00:00 GMT",
        "Mon, 23 Nov 99999 10:00:00 GMT", "Mon, 23 Nov 2026 10:00:60 GMT",
        "Mon, 23 Nov 2026 11:00:00", "\x00",
    ],
)  # fmt: skip
def test_nonsense_in_retry_after_is_ignored(nonsense: str | None) -> None:
    assert read_retry_after(nonsense, NOW) is None


@settings(max_examples=50)
@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,6} [A-Z][a-z]{2} \d{1,9} .*"))
def test_no_retry_after_whatsoever_makes_an_attempt_fail_to_be_planned(text: str) -> None:
    wished = read_retry_after(text, NOW)
    assert wished is None or wished >= timedelta()
    found = next_attempt("urgent", 1, NOW, NOW, chance=0.5, retry_after=wished)
    assert found is not None
    assert found - NOW <= HOUR
