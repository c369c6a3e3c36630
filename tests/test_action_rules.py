"""The life of an action as its table has it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.meetings.actions import rules
from api.meetings.actions.rules import OPEN, UNFINISHED, ActionAct, ActionStatus

ACTS = st.sampled_from([each for each in ActionAct if each is not ActionAct.ASSIGN])
OWNER = {ActionAct.ACCEPT, ActionAct.COMPLETE, ActionAct.DECLINE}
DAY = date(2026, 12, 10)


class Life(RuleBasedStateMachine):
    """Any acts in any order; illegal ones change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.status = ActionStatus.ASSIGNED
        self.answered = self.over = False

    @rule(act=ACTS)
    def do(self, act: ActionAct) -> None:
        after = rules.after(act, self.status)
        assert (act in rules.legal_acts(self.status)) is (after is not None)
        if after is None:
            return
        assert not self.over
        if act in OWNER:
            assert self.status in OPEN  # what went back is the chair's
        self.answered = act in OWNER
        self.over = after not in UNFINISHED
        self.status = after

    @invariant()
    def the_status_tells_what_happened(self) -> None:
        if self.over:
            assert rules.legal_acts(self.status) == []
            return
        assert (self.status is ActionStatus.ASSIGNED) is not self.answered
        chair = {ActionAct.REASSIGN, ActionAct.CANCEL}
        assert chair <= set(rules.legal_acts(self.status))


TestLife = Life.TestCase


@given(st.sampled_from(list(ActionStatus)), st.integers(-3, 3))
def test_it_is_overdue_from_the_day_after_until_it_is_done_or_cancelled(
    status: ActionStatus, days: int
) -> None:
    overdue = rules.is_overdue(status, DAY, DAY + timedelta(days=days))
    assert overdue is (status in UNFINISHED and days > 0)
