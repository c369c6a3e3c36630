"""The life of a written agreement as its table has it, and what contradicts itself."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.agreements import rules
from api.agreements.rules import OPEN, REVIEWED, Act, AgreementStatus, ReviewOutcome

ACTS = st.sampled_from(list(Act))
DAY = date(2026, 11, 20)


class Life(RuleBasedStateMachine):
    """Any acts in any order; illegal ones change nothing. `signed` is said of the content."""

    def __init__(self) -> None:
        super().__init__()
        self.status = AgreementStatus.DRAFTED
        self.given = self.signed = self.refused = self.over = False

    @rule(act=ACTS)
    def do(self, act: Act) -> None:
        after = rules.after(act, self.status)
        assert (act in rules.legal_acts(self.status)) is (after is not None)
        if after is None:
            return
        assert not self.over
        if act in (Act.CHANGE, Act.REVISE):
            assert act is Act.REVISE or not self.signed  # nothing signed is changed silently
            self.given = self.signed = self.refused = False
        self.given |= act is Act.GIVE
        self.signed |= act is Act.SIGN
        self.refused |= act is Act.REFUSE
        self.over = after not in OPEN
        self.status = after

    @invariant()
    def the_status_tells_what_happened(self) -> None:
        if self.over:
            assert rules.legal_acts(self.status) == []
            return
        assert (self.status is AgreementStatus.DRAFTED) is not self.given
        assert (self.status is AgreementStatus.IN_FORCE) is self.signed
        assert (self.status is AgreementStatus.REFUSED) is (self.refused and not self.signed)
        assert not (self.signed or self.refused) or self.given
        assert (self.status in REVIEWED) is (Act.REVIEW in rules.legal_acts(self.status))


TestLife = Life.TestCase


def test_every_open_agreement_can_be_ended_and_replaced() -> None:
    for status in AgreementStatus:
        for act in (Act.END, Act.REPLACE):
            assert (rules.after(act, status) is not None) is (status in OPEN)


@given(st.sampled_from(list(AgreementStatus)), st.integers(-3, 3))
def test_a_review_is_overdue_from_the_day_after_while_somebody_is_bound(
    status: AgreementStatus, days: int
) -> None:
    overdue = rules.is_overdue(status, DAY, DAY + timedelta(days=days))
    assert overdue is (status in REVIEWED and days > 0)


@given(st.lists(st.sampled_from("abcd"), max_size=5))
def test_the_first_repeated_value_is_found(values: list[str]) -> None:
    place = rules.first_repeated(values)
    assert (place is None) is (len(set(values)) == len(values))
    if place is not None:
        assert values[place] in values[:place]
        assert len(set(values[:place])) == place


def test_behaviours_in_words_alone_are_never_the_same() -> None:
    assert rules.behaviours_refusal([None, "swearing", None], "") is None
    refusal = rules.behaviours_refusal([None, "swearing", "swearing"], "/b")
    assert refusal is not None
    assert refusal.pointer == "/b/2/code"


def test_seeing_them_at_the_office_only_has_its_rationale() -> None:
    why = "Seen at school."
    assert rules.consequences_refusal([("office_only_contact", why, None)], "") is None
    for listed, pointer in (
        ([("office_only_contact", None, None)], "/0/rationale"),
        ([("supervision_order", None, None), ("other", None, None)], "/1/note"),
        ([("supervision_order", why, "x")], "/0/note"),
        ([("supervision_order", None, None)] * 2, "/1/code"),
    ):
        refusal = rules.consequences_refusal(listed, "")
        assert refusal is not None
        assert refusal.pointer == pointer


def test_another_language_needs_somebody_who_speaks_it() -> None:
    assert rules.giving_refusal("en", "en-GB", ["written"]) is None
    assert rules.giving_refusal("en", "pl", ["interpreter"]) is None
    assert rules.giving_refusal("en", "pl", ["translated", "written"]) is None
    assert rules.giving_refusal("en", "pl", ["written", "read_aloud"]) is not None


def test_only_who_was_given_it_answers_and_signs_once() -> None:
    one, other = uuid4(), uuid4()
    since = {one: DAY}
    nobody: set[UUID] = set()
    assert rules.answer_refusal([one], DAY, since, nobody) is None
    for members, on, signed, code in (
        ([one, other], DAY, nobody, "not_given"),
        ([one], DAY, {one}, "already_signed"),
        ([one], DAY - timedelta(days=1), nobody, "out_of_range"),
    ):
        refusal = rules.answer_refusal(members, on, since, signed)
        assert refusal is not None
        assert refusal.code == code


@given(st.sampled_from(list(ReviewOutcome)), st.booleans(), st.booleans())
def test_a_review_has_a_next_date_unless_it_ends_it_and_content_where_it_changes_it(
    outcome: ReviewOutcome, dated: bool, changed: bool
) -> None:
    refusal = rules.review_refusal(outcome, dated=dated, changed=changed)
    fits = dated is (outcome is not ReviewOutcome.END)
    assert (refusal is None) is (fits and changed is (outcome is ReviewOutcome.CHANGE))


def test_a_breach_is_of_what_was_agreed() -> None:
    agreed, told_of = {"swearing", None}, {"supervision_order"}
    assert rules.breach_refusal(["swearing", None], "supervision_order", agreed, told_of) is None
    assert rules.breach_refusal([None], None, agreed, told_of) is None
    for codes, applied, pointer in (
        (["swearing", "swearing"], None, "/behaviours/1/code"),
        (["shouting"], None, "/behaviours/0/code"),
        (["swearing"], "office_only_contact", "/consequence/applied"),
    ):
        refusal = rules.breach_refusal(codes, applied, agreed, told_of)
        assert refusal is not None
        assert refusal.pointer == pointer
