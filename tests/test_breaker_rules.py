"""How an endpoint fails and comes back, as pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks import breaker
from api.webhooks.breaker import FULL, PROBE_SECONDS, Health, Outcome, Recent

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FEW = Recent(1, 1)


def failure(at: datetime = NOW, **given: object) -> Outcome:
    return Outcome(succeeded=False, started_at=at, **given)  # type: ignore[arg-type]


def success(at: datetime = NOW) -> Outcome:
    return Outcome(succeeded=True, started_at=at)


def after_all(health: Health, *outcomes: Outcome, recent: Recent = FEW) -> Health:
    for each in outcomes:
        health = breaker.after(health, each, recent, each.started_at)
    return health


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    four = after_all(Health(), *[failure()] * 4)
    assert (four.open_until, four.allowed, four.degraded_at) == (None, FULL, None)
    five = after_all(four, failure())
    assert five.open_until == NOW + timedelta(seconds=15)
    assert (five.allowed, five.degraded_at) == (1, NOW)


def test_a_success_between_counts_anew() -> None:
    mixed = after_all(Health(), *[failure()] * 4, success(), *[failure()] * 4)
    assert mixed.open_until is None


@pytest.mark.parametrize(
    ("recent", "opens"),
    [(Recent(9, 9), False), (Recent(10, 4), False), (Recent(10, 5), True), (Recent(40, 20), True)],
)
def test_half_of_at_least_ten_in_a_minute_open_it(recent: Recent, opens: bool) -> None:
    assert (breaker.after(Health(), failure(), recent, NOW).open_until is not None) is opens


def test_probes_come_after_15_30_and_then_every_60_seconds() -> None:
    health, waits = after_all(Health(), *[failure()] * 5), []
    for _ in range(5):
        assert health.open_until is not None
        now = health.open_until
        health = breaker.after(health, failure(now), FEW, now)
        assert health.open_until is not None
        waits.append((health.open_until - now).total_seconds())
    assert waits == [30, 60, 60, 60, 60]


def test_what_was_in_flight_when_it_opened_is_no_probe() -> None:
    opened = after_all(Health(), *[failure()] * 5)
    assert breaker.after(opened, failure(NOW - timedelta(seconds=1)), FEW, NOW) == opened


def test_it_comes_back_by_one_two_and_four() -> None:
    health = after_all(Health(), *[failure()] * 5)
    seen = []
    for _ in range(3):
        health = after_all(health, success())
        seen.append((health.allowed, health.degraded_at))
    assert seen == [(1, NOW), (2, NOW), (FULL, None)]
    assert health.well


def test_broken_counts_from_the_last_success() -> None:
    """Who takes some messages and fails others is degraded for days, and not held."""
    health = after_all(Health(), *[failure()] * 5)
    later = NOW + timedelta(hours=71)
    some = after_all(health, success(later), failure(later))
    assert some.degraded_at == later
    assert not breaker.is_broken(some, NOW + timedelta(hours=80))
    assert breaker.is_broken(some, later + timedelta(hours=72))


def test_who_fails_on_the_way_back_is_left_alone_again() -> None:
    coming = after_all(Health(), *[failure()] * 5, success())
    assert coming.degraded_at is not None
    again = after_all(coming, failure())
    assert again.open_until == NOW + timedelta(seconds=PROBE_SECONDS[0])


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (None, breaker.SLOW_DOWN),
        (timedelta(), breaker.SLOW_DOWN),
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(days=9), breaker.SLOW_DOWN_AT_MOST),
    ],
)
def test_a_429_slows_it_and_opens_nothing(asked: timedelta | None, waits: timedelta) -> None:
    slowed = after_all(Health(), *[failure(throttled=True, slow_for=asked)] * 9)
    assert (slowed.slow_until, slowed.allowed) == (NOW + waits, 1)
    assert (slowed.open_until, slowed.degraded_at) == (None, None)


def test_what_was_in_flight_at_a_429_ends_no_pause_and_makes_none_shorter() -> None:
    until = NOW + timedelta(seconds=90)
    slowed = after_all(Health(), failure(throttled=True, slow_for=timedelta(seconds=90)))
    assert after_all(slowed, success()).slow_until == until
    assert after_all(slowed, failure(throttled=True)).slow_until == until
    assert breaker.after(slowed, success(until), FEW, until).slow_until is None


def test_broken_is_who_has_not_taken_anything_for_72_hours() -> None:
    opened = after_all(Health(), *[failure()] * 5)
    assert not breaker.is_broken(opened, NOW + timedelta(hours=71))
    assert breaker.is_broken(opened, NOW + timedelta(hours=72))
    assert not breaker.is_broken(Health(), NOW)


@given(st.lists(st.sampled_from(["success", "failure", "429"]), max_size=60))
def test_it_never_lets_more_through_than_four_and_always_comes_back(story: list[str]) -> None:
    health, now = Health(), NOW
    for each in story:
        now = max(now, health.open_until or now) + timedelta(seconds=1)
        outcome = success(now) if each == "success" else failure(now, throttled=each == "429")
        health = breaker.after(health, outcome, FEW, now)
        assert 1 <= health.allowed <= FULL
        assert (health.open_until is None) or health.degraded_at is not None
    for _ in range(3):
        health = breaker.after(health, success(now), FEW, now)
    assert health.well
