"""The pure rules of incidents, without a database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from api.foundation.calendar import is_working_day, london_date
from api.incidents import rules
from api.incidents.rules import Act, Due, IncidentStatus

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TIMES = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
LEAST: dict[str, Any] = {
    "occurred_at": NOW - timedelta(hours=1),
    "behaviours": [{"code": "shouting"}],
    "uncooperativeness_types": [],
    "circumstances": [],
    "hate_elements": [],
}
FILLED = dict.fromkeys(rules.EXPECTED, "said")


def said(**changes: Any) -> dict[str, Any]:
    return LEAST | changes


def pointer(**changes: Any) -> str | None:
    refusal = rules.contradiction(said(**changes), NOW)
    return refusal and refusal[0]


class Life(RuleBasedStateMachine):
    """Whatever is done, in whatever order: one way, and an error is the end."""

    def __init__(self) -> None:
        super().__init__()
        self.status = IncidentStatus.OPEN

    @rule(act=st.sampled_from(Act))
    def do(self, act: Act) -> None:
        before, after = self.status, rules.after(act, self.status)
        assert (after is not None) == (act in rules.legal_acts(before))
        if after is None:
            return
        order = list(IncidentStatus)
        assert order.index(after) >= order.index(before)
        assert (after is IncidentStatus.ENTERED_IN_ERROR) == (act is Act.ENTER_IN_ERROR)
        assert (after is IncidentStatus.CLOSED) == (
            act is Act.CLOSE or before is IncidentStatus.CLOSED
        ) or (after is IncidentStatus.ENTERED_IN_ERROR)
        self.status = after

    @precondition(lambda self: self.status is IncidentStatus.ENTERED_IN_ERROR)
    @rule()
    def nothing_is_done_to_an_error(self) -> None:
        assert rules.legal_acts(self.status) == []


TestLife = Life.TestCase


@given(occurred=TIMES, late=st.integers(0, 100), hours=st.integers(1, 72))
def test_a_late_entry_is_one_after_more_than_the_hours(
    occurred: datetime, late: int, hours: int
) -> None:
    assert rules.is_late(occurred, occurred + timedelta(hours=late), hours) is (late > hours)


@given(begun=TIMES, left=st.none() | TIMES, told=st.none() | TIMES)
def test_nothing_happens_before_it_begins_nor_after_now(
    begun: datetime, left: datetime | None, told: datetime | None
) -> None:
    latest = NOW + rules.CLOCK_SKEW
    possible = begun <= latest and all(
        begun <= each <= latest for each in (left, told) if each is not None
    )
    found = pointer(occurred_at=begun, left_at=left, manager_told_at=told)
    assert (found is None) is possible


@given(begun=TIMES, held=st.dates(date(2026, 11, 1), date(2026, 12, 1)))
def test_a_debrief_is_held_from_that_day_until_today(begun: datetime, held: date) -> None:
    found = pointer(occurred_at=begun, debrief={"offered": True, "held_on": held})
    possible = begun <= NOW + rules.CLOCK_SKEW and london_date(begun) <= held <= london_date(NOW)
    assert (found is None) is possible


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"debrief": {"offered": True}}, None),
        ({"debrief": {"offered": False, "held_on": None}}, None),
        ({"place": "telephone", "left_at": NOW}, "/left_at"),
        ({"place": "home_visit", "left_at": NOW}, None),
        ({"behaviours": [], "uncooperativeness_types": ["violence"]}, "/behaviours"),
        (
            {"behaviours": [], "uncooperativeness_types": ["ambivalence"], "what_happened": "x"},
            "/uncooperativeness_types",
        ),
        ({"behaviours": []}, "/behaviours"),
        ({"behaviours": [], "what_happened": "x"}, None),
        (
            {"behaviours": [], "what_happened": "x", "hate_elements": ["race"]},
            "/hate_elements",
        ),
        ({"hate_elements": ["race"]}, None),
        ({"circumstances": ["none_specific"]}, None),
        ({"circumstances": ["none_specific", "alcohol"]}, "/circumstances"),
    ],
)
def test_a_contradiction_is_pointed_at(changes: dict[str, Any], expected: str | None) -> None:
    assert pointer(**changes) == expected


@given(st.sets(st.sampled_from(sorted(rules.EXPECTED))))
def test_what_is_not_said_is_missing_and_nothing_else(unsaid: set[str]) -> None:
    told = FILLED | dict.fromkeys(unsaid)
    assert rules.missing(told) == {part: rules.EXPECTED[part] for part in unsaid}
    by_telephone = rules.missing(told | {"place": "telephone"})
    assert set(by_telephone) == unsaid - {"left_at", "place"}


@settings(deadline=None)  # the first example loads the calendar
@given(recorded=TIMES, hours=st.integers(1, 168), days=st.integers(1, 20))
def test_a_part_is_due_in_hours_or_at_the_close_of_a_working_day(
    recorded: datetime, hours: int, days: int
) -> None:
    soon, later = (
        rules.due_at(due, recorded, hours=hours, working_days=days)
        for due in (Due.SOON, Due.FOLLOW_UP)
    )
    assert soon - recorded == timedelta(hours=hours)
    last_moment = later - timedelta(seconds=1)
    assert is_working_day(london_date(last_moment))
    assert (london_date(last_moment) - london_date(recorded)).days >= days


@pytest.mark.parametrize(
    ("codes", "types", "urgent"),
    [
        (["shouting"], ["confrontation"], False),
        (["shouting"], ["violence"], True),
        (["shouting", "throwing_things"], [], True),
        ([], [], False),
    ],
)
def test_the_lane_follows_the_behaviour(codes: list[str], types: list[str], urgent: bool) -> None:
    assert rules.is_urgent([{"code": each} for each in codes], types) is urgent


@pytest.mark.parametrize(
    ("before", "named", "otherwise"),
    [
        ({"place": None}, {"place": "office"}, False),
        ({"place": "office"}, {"place": "office"}, False),
        ({"place": "office"}, {"place": "court"}, True),
        ({"circumstances": []}, {"circumstances": ["drugs"]}, False),
        ({"circumstances": ["drugs"]}, {"circumstances": []}, True),
    ],
)
def test_adding_is_not_rewriting(
    before: dict[str, Any], named: dict[str, Any], otherwise: bool
) -> None:
    assert rules.rewritten(before, named) is otherwise
