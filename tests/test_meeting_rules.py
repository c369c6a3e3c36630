"""The life of a meeting as its table has it, and by when each is due in England."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.code_lists import meetings as lists
from api.foundation.calendar import add_months, is_working_day
from api.meetings import rules
from api.meetings.actions.rules import ActionKind
from api.meetings.rules import OPEN, Act, MeetingKind, MeetingStatus, Sitting, Timing

ACTS = st.sampled_from(sorted(set(Act) - {Act.SCHEDULE}))
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRATEGY, INITIAL = MeetingKind.STRATEGY_DISCUSSION, MeetingKind.INITIAL_CONFERENCE
REVIEW, CORE = MeetingKind.REVIEW_CONFERENCE, MeetingKind.CORE_GROUP
_numbers = count(1)


class Life(RuleBasedStateMachine):
    """Any acts in any order; illegal ones change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.status = MeetingStatus.SCHEDULED
        self.did: list[Act] = []

    @rule(act=ACTS)
    def do(self, act: Act) -> None:
        after = rules.after(act, self.status)
        assert (act in rules.legal_acts(self.status)) is (after is not None)
        if after is not None:
            self.status = after
            self.did.append(act)

    @invariant()
    def the_status_tells_what_happened(self) -> None:
        acts = self.did
        assert (self.status is MeetingStatus.CANCELLED) is (Act.CANCEL in acts)
        assert (self.status is MeetingStatus.RECORDED) is (Act.RECORD in acts)
        assert (self.status in OPEN) is not ({Act.CANCEL, Act.RECORD} & set(acts) != set())
        for once in (Act.HOLD, Act.RECORD, Act.CANCEL):
            assert acts.count(once) <= 1
        assert Act.RECORD not in acts or acts.index(Act.HOLD) < acts.index(Act.RECORD)
        assert Act.AMEND not in acts or acts.index(Act.RECORD) < acts.index(Act.AMEND)
        if Act.HOLD in acts:  # what was held is moved by nobody, and nobody is sent away from it
            assert not {Act.MOVE, Act.CANCEL, Act.UNINVITE} & set(acts[acts.index(Act.HOLD) :])
        if self.status is MeetingStatus.CANCELLED:
            assert rules.legal_acts(self.status) == []


TestLife = Life.TestCase


@given(st.timedeltas(-2 * rules.LATEST, 2 * rules.LATEST), st.timedeltas(-DAY, 3 * DAY))
def test_a_meeting_lies_within_its_bounds(ahead: timedelta, lasts: timedelta) -> None:
    refusal = rules.times_refusal(NOW + ahead, NOW + ahead + lasts, NOW)
    starts = -rules.EARLIEST <= ahead <= rules.LATEST
    ends = timedelta() < lasts <= rules.LONGEST
    assert (refusal is None) is (starts and ends)
    if refusal is not None:
        assert refusal.pointer == ("/ends_at" if starts else "/starts_at")


@pytest.mark.parametrize(
    ("ahead", "lasts", "pointer"),
    [
        (-7 * DAY, HOUR, None),
        (-7 * DAY - timedelta(seconds=1), HOUR, "/starts_at"),
        (365 * DAY, DAY, None),
        (365 * DAY + timedelta(seconds=1), HOUR, "/starts_at"),
        (DAY, timedelta(), "/ends_at"),
        (DAY, DAY + timedelta(seconds=1), "/ends_at"),
    ],
)
def test_its_bounds_are_exact(ahead: timedelta, lasts: timedelta, pointer: str | None) -> None:
    refusal = rules.times_refusal(NOW + ahead, NOW + ahead + lasts, NOW)
    assert (refusal and refusal.pointer) == pointer


@given(st.sampled_from(list(MeetingKind)), st.integers(-3, 3), st.integers(-3, 3))
def test_only_an_initial_conference_says_when_its_strategy_discussion_was(
    kind: MeetingKind, back: int, starts: int
) -> None:
    today = NOW.date()
    day = today + timedelta(days=back)
    refusal = rules.strategy_refusal(kind, day, NOW + timedelta(days=starts), today)
    fits = kind is INITIAL and back <= 0 and back <= starts
    assert (refusal is None) is fits
    assert rules.strategy_refusal(kind, None, NOW, today) is None


def a_sitting(kind: str, day: date, hour: int = 10) -> Sitting:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Sitting(UUID(int=next(_numbers)), kind, at)


def due(meeting: Sitting, *others: Sitting, strategy_on: date | None = None) -> Timing | None:
    return rules.timing(meeting, strategy_on, [meeting, *others])


def test_the_conference_is_due_within_fifteen_working_days_with_bank_holidays() -> None:
    """Christmas Day and Boxing Day (kept on Monday 28 December 2026), and New Year's Day."""
    strategy = a_sitting(STRATEGY, date(2026, 12, 14))
    conference = a_sitting(INITIAL, date(2027, 1, 7))
    timing = due(conference, strategy)
    assert timing is not None
    assert timing.due_by == date(2027, 1, 7)
    assert (timing.counted_from, timing.counted_from_meeting_id) == (strategy.day, strategy.id)
    assert not timing.late
    late = due(a_sitting(INITIAL, date(2027, 1, 8)), strategy)
    assert late is not None
    assert late.late
    assert late.words.endswith(rules.LATE)


def test_the_day_given_counts_where_no_strategy_discussion_is_known() -> None:
    conference, day = a_sitting(INITIAL, date(2026, 12, 1)), date(2026, 11, 2)
    assert due(conference) is None
    given_day = due(conference, strategy_on=day)
    assert given_day is not None
    assert (given_day.due_by, given_day.counted_from) == (date(2026, 11, 23), day)
    assert given_day.counted_from_meeting_id is None
    assert given_day.late
    known = a_sitting(STRATEGY, date(2026, 11, 9))
    on_record = due(conference, known, strategy_on=day)
    assert on_record is not None
    assert on_record.counted_from_meeting_id == known.id


def test_the_latest_strategy_discussion_before_it_counts_and_no_later_one() -> None:
    conference = a_sitting(INITIAL, date(2026, 12, 1))
    first, second = a_sitting(STRATEGY, date(2026, 11, 3)), a_sitting(STRATEGY, date(2026, 11, 9))
    later = a_sitting(STRATEGY, date(2026, 12, 1), 11)
    timing = due(conference, second, later, first)
    assert timing is not None
    assert timing.counted_from_meeting_id == second.id


def test_only_the_first_core_group_is_timed() -> None:
    conference = a_sitting(INITIAL, date(2026, 12, 1))
    first, second = a_sitting(CORE, date(2026, 12, 15)), a_sitting(CORE, date(2027, 1, 12))
    timing = due(first, conference, second)
    assert timing is not None
    assert (timing.due_by, timing.late) == (date(2026, 12, 15), False)
    assert due(second, conference, first) is None
    assert due(first, second) is None
    again = a_sitting(INITIAL, date(2027, 1, 5))
    anew = due(second, conference, first, again)
    assert anew is not None
    assert anew.counted_from_meeting_id == again.id


def test_reviews_follow_within_three_months_and_then_six() -> None:
    conference = a_sitting(INITIAL, date(2026, 11, 30))
    first, second = a_sitting(REVIEW, date(2027, 2, 28)), a_sitting(REVIEW, date(2027, 8, 29))
    one, two = due(first, second, conference), due(second, conference, first)
    assert one is not None
    assert two is not None
    assert (one.due_by, one.late) == (date(2027, 2, 28), False)
    assert (two.due_by, two.late, two.counted_from_meeting_id) == (
        date(2027, 8, 28), True, first.id,
    )  # fmt: skip
    assert due(first, second) is None


def test_a_day_is_a_day_in_london() -> None:
    """Half past eleven at night by UTC is the next day in the summer."""
    strategy = Sitting(UUID(int=1), STRATEGY, datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    timing = due(a_sitting(INITIAL, date(2026, 6, 23)), strategy)
    assert timing is not None
    assert (timing.counted_from, timing.due_by) == (date(2026, 6, 2), date(2026, 6, 23))


DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
SITTINGS = st.lists(st.builds(a_sitting, st.sampled_from(list(MeetingKind)), DAYS), max_size=8)


@given(st.builds(a_sitting, st.sampled_from(list(MeetingKind)), DAYS), SITTINGS)
def test_whatever_is_known_a_timing_counts_from_what_was_before_and_says_so(
    meeting: Sitting, others: list[Sitting]
) -> None:
    timing = due(meeting, *others)
    if timing is None:
        return
    [source] = [each for each in others if each.id == timing.counted_from_meeting_id]
    assert source.place < meeting.place
    assert timing.counted_from == source.day
    assert timing.late is (meeting.day > timing.due_by)
    assert timing.words.endswith(rules.LATE) is timing.late
    days = (timing.counted_from + timedelta(days=n) for n in range(1, 366))
    working = sum(is_working_day(each) for each in days if each <= timing.due_by)
    if meeting.kind == INITIAL:
        assert (source.kind, working) == (STRATEGY, 15)
    elif meeting.kind == CORE:
        assert (source.kind, working) == (INITIAL, 10)
    else:
        assert meeting.kind == REVIEW
        months = 3 if source.kind == INITIAL else 6
        assert timing.due_by == add_months(source.day, months)


@given(st.builds(a_sitting, st.sampled_from(list(MeetingKind)), DAYS), SITTINGS, st.randoms())
def test_the_order_in_which_meetings_are_known_does_not_matter(
    meeting: Sitting, others: list[Sitting], chance: object
) -> None:
    shuffled = list(others)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert due(meeting, *others) == due(meeting, *shuffled)


def test_the_code_lists_have_what_meetings_use() -> None:
    assert lists.MEETING_KINDS.accepted == {each.value for each in MeetingKind}
    assert lists.ACTION_KINDS.accepted == {each.value for each in ActionKind}
