"""How an endpoint fails and comes back, so that a broken one costs nobody else anything. Pure.

Closed: up to four messages in flight. Five failures in a row, or half of at least ten attempts
within a minute, open it: nothing leaves but one probe, after 15, 30 and then every 60 seconds. The
first success lets one through at a time, then two, then four: who comes back is not trampled, and
who fails on the way back is left alone again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FULL = 4
OPEN_AFTER = 5
WINDOW = timedelta(minutes=1)
ENOUGH = 10
PROBE_SECONDS = (15, 30, 60)
BROKEN_FOR = timedelta(hours=72)
SLOW_DOWN = timedelta(seconds=5)
SLOW_DOWN_AT_MOST = timedelta(hours=1)


@dataclass(frozen=True)
class Health:
    """`probes` have failed since it opened; `open_until` is None while it is closed. Degraded, it
    has taken nothing since `degraded_at`."""

    failures_in_row: int = 0
    probes: int = 0
    open_until: datetime | None = None
    slow_until: datetime | None = None
    allowed: int = FULL
    degraded_at: datetime | None = None

    @property
    def well(self) -> bool:
        return self.degraded_at is None and self.allowed == FULL


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt. `slow_for` is asked for by a 429, in whatever words."""

    succeeded: bool
    started_at: datetime
    throttled: bool = False
    slow_for: timedelta | None = None


@dataclass(frozen=True)
class Recent:
    """The attempts within the window, the ones just ended included."""

    attempts: int
    failures: int

    @property
    def failing(self) -> bool:
        return self.attempts >= ENOUGH and self.failures * 2 >= self.attempts


def after(health: Health, outcome: Outcome, recent: Recent, now: datetime) -> Health:
    """The health that one more attempt leaves."""
    if outcome.succeeded:
        return _after_success(health, now)
    if outcome.throttled:
        wished = max(outcome.slow_for or SLOW_DOWN, SLOW_DOWN)
        until = now + min(wished, SLOW_DOWN_AT_MOST)
        return replace(health, allowed=1, slow_until=max(until, health.slow_until or until))
    if health.open_until is not None:
        return _after_probe(health, outcome, now)
    failures = health.failures_in_row + 1
    coming_back = health.degraded_at is not None
    if failures < OPEN_AFTER and not recent.failing and not coming_back:
        return replace(health, failures_in_row=failures)
    return replace(
        health,
        failures_in_row=failures,
        probes=0,
        open_until=now + timedelta(seconds=PROBE_SECONDS[0]),
        allowed=1,
        degraded_at=health.degraded_at or now,
    )


def _after_success(health: Health, now: datetime) -> Health:
    allowed = 1 if health.open_until is not None else min(health.allowed * 2, FULL)
    recovered = allowed == FULL
    asks_for_a_pause = health.slow_until is not None and health.slow_until > now
    return Health(
        allowed=allowed,
        degraded_at=None if recovered or health.degraded_at is None else now,
        slow_until=health.slow_until if asks_for_a_pause else None,
    )


def _after_probe(health: Health, outcome: Outcome, now: datetime) -> Health:
    """What was in flight when it opened is no probe."""
    if health.open_until is None or outcome.started_at < health.open_until:
        return health
    probes = health.probes + 1
    seconds = PROBE_SECONDS[min(probes, len(PROBE_SECONDS) - 1)]
    return replace(
        health,
        failures_in_row=health.failures_in_row + 1,
        probes=probes,
        open_until=now + timedelta(seconds=seconds),
    )


def is_broken(health: Health, now: datetime) -> bool:
    """For so long that its owner must see to it."""
    return health.degraded_at is not None and now - health.degraded_at >= BROKEN_FOR
