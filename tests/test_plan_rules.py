"""The life of a plan as its table has it, and what contradicts itself."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.plans import rules
from api.plans.rules import PlanAct, PlanKind, PlanReviewOutcome, PlanStatus

ACTS = st.sampled_from([each for each in PlanAct if each is not PlanAct.DRAW_UP])
TODAY = date(2026, 11, 26)
MONTHS = 3
DAYS = st.integers(-800, 800)


class Life(RuleBasedStateMachine):
    """Any acts in any order; illegal ones change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.over = PlanStatus.CURRENT, False

    @rule(act=ACTS)
    def do(self, act: PlanAct) -> None:
        after = rules.after(act, self.status)
        by_people = act is not PlanAct.SUPERSEDE
        assert (act in rules.legal_acts(self.status)) is (after is not None and by_people)
        if after is None:
            assert self.over
            return
        self.over = act in {PlanAct.END, PlanAct.SUPERSEDE}
        self.status = after

    @invariant()
    def what_is_over_stays_over(self) -> None:
        assert (self.status is PlanStatus.CURRENT) is not self.over
        assert (rules.legal_acts(self.status) == []) is self.over


TestLife = Life.TestCase


@given(st.sampled_from(list(PlanStatus)), DAYS)
def test_a_review_is_overdue_from_the_day_after_while_the_plan_is_current(
    status: PlanStatus, days: int
) -> None:
    overdue = rules.is_overdue(status, TODAY, TODAY + timedelta(days=days))
    assert overdue is (status is PlanStatus.CURRENT and days > 0)


@given(st.integers(0, 400), st.integers(7, 180))
def test_the_next_review_lies_ahead_and_never_further_than_it_repeats(ago: int, days: int) -> None:
    due = rules.next_review(TODAY - timedelta(days=ago), days, TODAY)
    assert TODAY < due <= TODAY + timedelta(days=days)
    assert (ago >= days) or due == TODAY - timedelta(days=ago) + timedelta(days=days)


@given(DAYS)
def test_dates_lie_within_their_limits(days: int) -> None:
    on = TODAY + timedelta(days=days)
    within = TODAY < on <= date(2027, 2, 26)
    assert (rules.review_due_refusal(on, TODAY, MONTHS) is None) is within
    assert (rules.sharing_refusal(None, on, TODAY, MONTHS) is None) is within
    told = TODAY - timedelta(days=366) <= on <= date(2027, 5, 26)
    assert (rules.sharing_refusal(on, None, TODAY, MONTHS) is None) is told
    held = date(2026, 11, 1) <= on <= TODAY
    assert (rules.held_refusal(on, date(2026, 11, 1), TODAY) is None) is held
    begins = rules.measures_refusal([(None, "All", on)], None, TODAY)
    assert (begins is None) is (abs(days) <= 366)


@given(st.integers(7, 180))
def test_no_plan_is_looked_at_more_rarely_than_it_may_be(days: int) -> None:
    refused = rules.repeat_refusal(days, TODAY, MONTHS) is not None
    assert refused is (days > 92)
    assert rules.repeat_refusal(None, TODAY, MONTHS) is None


@given(
    st.sampled_from(list(PlanReviewOutcome)),
    st.sampled_from(list(PlanKind)),
    st.sets(st.sampled_from(list(PlanKind))),
    st.booleans(),
    st.booleans(),
)
def test_a_review_has_what_belongs_to_its_outcome(
    outcome: PlanReviewOutcome, kind: PlanKind, said: set[PlanKind], dated: bool, repeating: bool
) -> None:
    refusal = rules.review_refusal(outcome, kind, said, dated=dated, repeating=repeating)
    content = said == ({kind} if outcome is PlanReviewOutcome.CHANGE else set())
    goes_on = outcome is PlanReviewOutcome.CONTINUE
    date_fits = (dated or repeating) if goes_on else not dated
    assert (refusal is None) is (content and date_fits)


@pytest.mark.parametrize(
    ("measures", "seen", "pointer"),
    [
        ([("no_lone_visits", "All", TODAY), ("no_lone_visits", "ALL", TODAY)], None, "/measures/1"),
        ([("no_home_visits", "All", TODAY)], None, "/child_seen_how"),
        ([("remote_contact_agreed", "All", TODAY)], None, "/child_seen_how"),
        ([("no_home_visits", "All", TODAY)], "At school.", None),
        ([("no_lone_visits", "All", TODAY), ("no_lone_visits", "Police", TODAY)], None, None),
        ([("other", "All", TODAY)] * 2 + [(None, "All", TODAY)] * 2, None, None),
    ],
)
def test_measures_are_named_once_and_leave_the_child_seen(
    measures: list[tuple[str | None, str, date]], seen: str | None, pointer: str | None
) -> None:
    refusal = rules.measures_refusal(measures, seen, TODAY)
    assert (refusal.pointer if refusal else None) in {pointer, f"{pointer}/precaution"}


def test_an_alert_is_named_once_and_only_if_it_is_read() -> None:
    one, other = uuid4(), uuid4()
    assert rules.alerts_refusal([one, other], {one, other}) is None
    for named, code in (([one, one], "repeated"), ([one, other], "unknown_alert")):
        refusal = rules.alerts_refusal(named, {one})
        assert refusal is not None
        assert (refusal.pointer, refusal.code) == ("/alert_ids/1", code)
