"""Which mails are still so, and how long the next one waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.webhooks.mails.rules import LATELY, Standing, quiet_until, still_holds

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
DEGRADED = Standing("degraded", NOW, "a@x.org", "degraded", False, 0, None, None, 0)
HELD = replace(DEGRADED, about="held", status="held")
RECOVERED = replace(DEGRADED, about="recovered", status="active", last_told="degraded")
UNDELIVERABLE = replace(DEGRADED, about="undeliverable", status="active", undeliverable=1)


@pytest.mark.parametrize("mail", [DEGRADED, HELD, RECOVERED, UNDELIVERABLE], ids=lambda e: e.about)
def test_what_is_so_holds_unless_nobody_wants_to_know(mail: Standing) -> None:
    assert still_holds(mail)
    assert not still_holds(replace(mail, address=None))


@pytest.mark.parametrize(
    "stale",
    [
        replace(DEGRADED, status="active"),
        replace(DEGRADED, status="held"),
        replace(DEGRADED, status="revoked"),
        replace(DEGRADED, overtaken=True),
        replace(HELD, status="degraded"),
        replace(HELD, status="pending_verification"),
        replace(HELD, overtaken=True),
        replace(RECOVERED, status="degraded"),
        replace(RECOVERED, status="held"),
        replace(RECOVERED, last_told=None),
        replace(RECOVERED, last_told="recovered"),
        replace(UNDELIVERABLE, status="revoked"),
        replace(UNDELIVERABLE, undeliverable=0),
        replace(UNDELIVERABLE, last_sent_at=NOW),
    ],
)
def test_what_is_no_longer_so_does_not_hold(stale: Standing) -> None:
    assert not still_holds(stale)


def test_that_all_is_well_is_told_after_a_hold_too() -> None:
    assert still_holds(replace(RECOVERED, last_told="held"))


def test_what_was_given_up_after_the_last_mail_is_told() -> None:
    assert still_holds(replace(UNDELIVERABLE, last_sent_at=EARLIER))


def test_the_next_mail_about_the_same_waits_longer_and_longer() -> None:
    assert quiet_until(DEGRADED) is None
    for count in range(9):
        again = replace(DEGRADED, last_sent_at=NOW, sent_lately=count)
        assert quiet_until(again) == NOW + timedelta(hours=count)


def test_that_all_is_well_never_waits() -> None:
    assert quiet_until(replace(RECOVERED, last_sent_at=NOW, sent_lately=9)) is None


def test_who_fails_all_day_is_told_seven_times() -> None:
    sent: list[datetime] = []
    for minute in range(int(LATELY / timedelta(minutes=1))):
        at = NOW + timedelta(minutes=minute)
        last = sent[-1] if sent else None
        until = quiet_until(replace(DEGRADED, last_sent_at=last, sent_lately=len(sent)))
        if until is None or until <= at:
            sent.append(at)
    assert len(sent) == 7
