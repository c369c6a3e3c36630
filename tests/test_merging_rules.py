"""Which records may be merged: the pure rules, and a random life of five records under them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from api.access.actor import Person
from api.families.merging import rules
from api.families.merging.rules import Act, Record, Status

ONE, OTHER, LEAD = UUID(int=1), UUID(int=2), UUID(int=9)
PLAIN = Record(ONE, LEAD, None, is_survivor=False, is_proposed=False)


def test_the_table_of_states() -> None:
    legal = {status: rules.legal_acts(status) for status in Status}
    assert legal == {
        Status.PROPOSED: [Act.AGREE, Act.DECLINE],
        Status.AGREED: [Act.UNDO],
        Status.DECLINED: [],
        Status.UNDONE: [],
    }
    reached = [rules.after(act, Status.PROPOSED) for act in Act]
    assert reached == [Status.AGREED, Status.DECLINED, None]
    assert rules.after(Act.UNDO, Status.AGREED) is Status.UNDONE
    assert {status for status in Status if legal[status]} == rules.STANDING


@pytest.mark.parametrize(
    ("away", "survivor", "words"),
    [
        ({}, {}, None),
        ({}, {"is_survivor": True}, None),
        ({"merged_into": OTHER}, {}, "merged away already"),
        ({"is_survivor": True}, {}, "Others are merged into"),
        ({}, {"merged_into": ONE}, "merged away itself"),
    ],
)
def test_depth_stays_one(away: Any, survivor: Any, words: str | None) -> None:
    refusal = rules.merge_refusal(replace(PLAIN, **away), replace(PLAIN, **survivor))
    assert (refusal is None) if words is None else words in str(refusal)


@pytest.mark.parametrize(
    ("other", "words"),
    [({}, None), ({"is_proposed": True}, "open proposal"), ({"lead": None}, "join it instead")],
)
def test_both_records_are_led_and_free(other: Any, words: str | None) -> None:
    for pair in ([PLAIN, replace(PLAIN, **other)], [replace(PLAIN, **other), PLAIN]):
        refusal = rules.proposal_refusal(pair)
        assert (refusal is None) if words is None else words in str(refusal)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Person(ONE, "Amina Patel", "a"), Person(ONE, "A. Patel", "b"), True),
        (Person(ONE, "Amina Patel", "a"), Person(OTHER, "amina  PATEL", "b"), True),
        (Person(ONE, "Amina Patel", "a"), Person(OTHER, "Ruth Obi", "a"), False),
        (Person(None, "Amina Patel", "a"), Person(None, "Ruth Obi", "a"), False),
    ],
)
def test_who_is_the_same_person(one: Person, other: Person, same: bool) -> None:
    assert one.is_same_as(other) is same
    assert other.is_same_as(one) is same


@dataclass
class Merge:
    away: int
    survivor: int
    status: Status = Status.PROPOSED


class Records(RuleBasedStateMachine):
    """Whatever is proposed and decided, in whatever order, no record is two steps from its
    survivor, and undoing leads back to where it was."""

    @initialize()
    def begin(self) -> None:
        self.into: dict[int, int | None] = dict.fromkeys(range(5))
        self.merges: list[Merge] = []

    def record(self, number: int) -> Record:
        survivor = self.into[number]
        return Record(
            UUID(int=number),
            LEAD,
            None if survivor is None else UUID(int=survivor),
            number in self.into.values(),
            any(
                each.status is Status.PROPOSED and number in (each.away, each.survivor)
                for each in self.merges
            ),
        )

    @rule(away=st.integers(0, 4), survivor=st.integers(0, 4))
    def propose(self, away: int, survivor: int) -> None:
        pair = self.record(away), self.record(survivor)
        if away != survivor and not (rules.proposal_refusal(pair) or rules.merge_refusal(*pair)):
            self.merges.append(Merge(away, survivor))

    @rule(act=st.sampled_from(list(Act)), chance=st.randoms(use_true_random=False))
    def decide(self, act: Act, chance: Any) -> None:
        if not self.merges:
            return
        merge = chance.choice(self.merges)
        after = rules.after(act, merge.status)
        if after is None:
            return
        merge.status = after
        if after is Status.AGREED:
            assert self.into[merge.away] is None
            self.into[merge.away] = merge.survivor
        elif after is Status.UNDONE:
            assert self.into[merge.away] == merge.survivor
            self.into[merge.away] = None

    @invariant()
    def depth_is_one(self) -> None:
        for survivor in self.into.values():
            assert survivor is None or self.into[survivor] is None

    @invariant()
    def a_record_is_part_of_one_open_proposal(self) -> None:
        named = [
            number
            for each in self.merges
            if each.status is Status.PROPOSED
            for number in (each.away, each.survivor)
        ]
        assert len(named) == len(set(named))


TestRecords = Records.TestCase
TestRecords.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
