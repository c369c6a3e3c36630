"""The pure rules of sharing: an agency may come to see more, and never less."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.incidents.sharing.rules import How, Outcome, change_refusal

# What an agency is given, from least to most.
CHOICES = [
    (Outcome.NOT_SHARED, None, 0),
    (Outcome.SHARED, How.ALERT, 1),
    (Outcome.SHARED, How.INCIDENT, 2),
]


class Deciding(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.outcome, self.how, self.given = Outcome.UNDECIDED, None, 0
        self.most = 0

    @rule(choice=st.sampled_from(CHOICES))
    def decide(self, choice: tuple[Outcome, How | None, int]) -> None:
        outcome, how, given = choice
        refused = change_refusal(self.outcome, self.how, outcome, how) is not None
        assert refused is (given < self.given)
        if not refused:
            self.outcome, self.how, self.given = outcome, how, given
        self.most = max(self.most, given)

    @invariant()
    def nothing_is_unshared(self) -> None:
        assert self.given == self.most


TestDeciding = Deciding.TestCase


def test_an_alert_gives_way_to_the_incident_and_never_the_other_way_round() -> None:
    shared = Outcome.SHARED
    assert change_refusal(shared, How.ALERT, shared, How.INCIDENT) is None
    assert change_refusal(shared, How.INCIDENT, shared, How.ALERT) is not None
    assert change_refusal(shared, How.ALERT, Outcome.NOT_SHARED, None) is not None
