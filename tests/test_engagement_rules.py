"""The rules of engagement, without a database: what contradicts itself, and who may end what."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.code_lists import engagement as codes
from api.engagement import rules
from api.engagement.constraints import rules as constraints
from api.engagement.observations import rules as observations
from api.engagement.observations.rules import INDICATORS, REMOTE, Type
from api.engagement.profile import rules as profile

TODAY = date(2026, 11, 23)
SEEN = SimpleNamespace(seen=True, alone=False, why_not=None)
NOT_SEEN = SimpleNamespace(seen=False, alone=None, why_not="At school.")


def said(**changes: Any) -> Any:
    """A calm visit."""
    content: dict[str, Any] = {
        "observed_on": TODAY,
        "contact": "home_visit",
        "took_place": True,
        "child": SEEN,
        "type": "none",
        "indicators": [],
        "reasons": [],
        "narrative": None,
        "challenged": None,
    }
    return SimpleNamespace(**content | changes)


def met(kind: Type, *indicators: str, **changes: Any) -> Any:
    given: dict[str, Any] = {"type": kind, "indicators": list(indicators), "narrative": "Words."}
    if kind is Type.CONFRONTATION:
        given["challenged"] = SimpleNamespace(challenged=False, statement="Alone there.")
    return said(**given | changes)


def found(problems: Any) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in problems if each is not None]


def wrong(content: Any) -> list[tuple[str, str]]:
    return found(observations.problems(content, TODAY))


def reason(code: str = "cultural_differences", by: str = "family") -> Any:
    return SimpleNamespace(code=code, asserted_by=by)


@pytest.mark.parametrize(
    "content",
    [
        said(),
        said(child=NOT_SEEN),
        said(contact="none_made", took_place=False, child=NOT_SEEN),
        said(contact="telephone", child=NOT_SEEN),
        met(Type.AMBIVALENCE, "late", "changes_the_subject", reasons=[reason()]),
        met(Type.AVOIDANCE, "cuts_visits_short"),
        met(Type.AVOIDANCE, "misses_meetings", took_place=False, child=NOT_SEEN),
        met(Type.CONFRONTATION, "challenges"),
        met(Type.CONFRONTATION, observations.NOT_AT_THE_DOOR, took_place=False, child=NOT_SEEN),
        met(Type.AMBIVALENCE, reasons=[reason(), reason(by="practitioner")]),
    ],
)
def test_what_agrees_with_itself_is_taken(content: Any) -> None:
    assert wrong(content) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (said(observed_on=date(2026, 11, 24)), ("observed_on", "future")),
        (said(contact="none_made", child=NOT_SEEN), ("took_place", "contradiction")),
        (said(took_place=False), ("child/seen", "contradiction")),
        (said(contact="message"), ("child/seen", "contradiction")),
        (
            said(child=SimpleNamespace(seen=True, alone=None, why_not=None)),
            ("child/alone", "missing"),
        ),
        (
            said(child=SimpleNamespace(seen=True, alone=True, why_not="No")),
            ("child/why_not", "contradiction"),
        ),
        (
            said(child=SimpleNamespace(seen=False, alone=False, why_not="No")),
            ("child/alone", "contradiction"),
        ),
        (
            said(child=SimpleNamespace(seen=False, alone=None, why_not=None)),
            ("child/why_not", "missing"),
        ),
        (met(Type.AMBIVALENCE, "late", "late"), ("indicators", "repeated")),
        (met(Type.AVOIDANCE, "late"), ("indicators/0", "does_not_fit")),
        (said(indicators=["late"]), ("indicators/0", "does_not_fit")),
        (
            met(Type.CONFRONTATION, observations.NOT_AT_THE_DOOR, contact="office"),
            ("contact", "contradiction"),
        ),
        (
            met(Type.AVOIDANCE, "cuts_visits_short", took_place=False, child=NOT_SEEN),
            ("took_place", "contradiction"),
        ),
        (met(Type.AVOIDANCE, reasons=[reason(), reason()]), ("reasons", "repeated")),
        (said(reasons=[reason()]), ("reasons", "contradiction")),
        (met(Type.AVOIDANCE, narrative=None), ("narrative", "missing")),
        (met(Type.CONFRONTATION, challenged=None), ("challenged", "missing")),
        (
            said(challenged=SimpleNamespace(challenged=True, statement="So.")),
            ("challenged", "contradiction"),
        ),
    ],
)
def test_what_contradicts_itself_is_pointed_at(content: Any, problem: tuple[str, str]) -> None:
    assert wrong(content) == [problem]


def test_every_indicator_belongs_to_one_type_which_its_definition_names() -> None:
    listed = {each.code: each.definition for each in codes.INDICATORS.codes}
    assert sum(len(each) for each in INDICATORS.values()) == len(listed)
    for kind, fitting in INDICATORS.items():
        for code in fitting:
            assert listed[code].startswith(kind.capitalize())


def test_the_codes_that_rules_name_are_codes_of_their_lists() -> None:
    assert {each.value for each in Type} == codes.TYPES.accepted
    assert {observations.NO_CONTACT, *REMOTE} < codes.CONTACTS.accepted
    assert profile.TO_BE_TOLD in codes.COMMUNICATION_NEEDS.accepted


contents = st.builds(
    said,
    contact=st.sampled_from(sorted(codes.CONTACTS.accepted)),
    took_place=st.booleans(),
    child=st.sampled_from([SEEN, NOT_SEEN]),
    type=st.sampled_from(list(Type)),
    indicators=st.lists(st.sampled_from(sorted(codes.INDICATORS.accepted)), max_size=3),
    narrative=st.just("Words."),
    challenged=st.sampled_from([None, SimpleNamespace(challenged=True, statement="So.")]),
)


@given(contents)
def test_of_what_is_taken_the_facts_can_be_counted(content: Any) -> None:
    """A child counts as seen only in a contact that took place, face to face; confrontation is
    never without its challenge."""
    if wrong(content):
        return
    if content.child.seen:
        assert content.took_place
        assert content.contact not in {*REMOTE, "none_made"}
    assert (content.type is not Type.CONFRONTATION) or content.challenged is not None
    assert set(content.indicators) <= INDICATORS[content.type]


def test_days_are_neither_to_come_nor_before_the_beginning() -> None:
    problem = rules.day_problem("on", TODAY, TODAY, not_before=date(2026, 11, 24))
    assert problem is not None
    assert problem.code == "out_of_range"
    assert rules.day_problem("on", TODAY, TODAY, not_before=TODAY) is None


@given(owns=st.booleans(), owner_involved=st.booleans())
def test_who_recorded_it_ends_it_and_others_only_once_it_has_left(
    owns: bool, owner_involved: bool
) -> None:
    allowed = rules.may_resolve(owns=owns, owner_involved=owner_involved)
    assert allowed is (owns or not owner_involved)


@pytest.mark.parametrize(
    ("answer", "reference", "problems"),
    [
        ("yes", None, [("included_in_child_risk_assessment/reference", "missing")]),
        ("yes", "CIN-2291", []),
        ("no", None, []),
        ("not_yet", "CIN-2291", []),
    ],
)
def test_included_in_the_risk_assessment_says_in_which(
    answer: str, reference: str | None, problems: list[tuple[str, str]]
) -> None:
    included = SimpleNamespace(answer=answer, reference=reference)
    content = SimpleNamespace(since=TODAY, included_in_child_risk_assessment=included)
    assert found(constraints.problems(content, TODAY)) == problems


def early(status: str, on: date | None = None, agency: str | None = None) -> Any:
    return SimpleNamespace(status=status, assessed_on=on, agency_id=agency)


def lead(appointed: bool, **given: Any) -> Any:
    return SimpleNamespace(
        appointed=appointed, **{"agency_id": None, "name": None, "job_title": None} | given
    )


def talk(*needs: str, language: str | None = None) -> Any:
    return SimpleNamespace(needs=list(needs), language=language)


@pytest.mark.parametrize(
    ("part", "content", "problems"),
    [
        ("early_help_assessment", early("done", TODAY, "a"), []),
        ("early_help_assessment", early("not_known"), []),
        (
            "early_help_assessment",
            early("done"),
            [
                ("early_help_assessment/assessed_on", "missing"),
                ("early_help_assessment/agency_id", "missing"),
            ],
        ),
        (
            "early_help_assessment",
            early("done", date(2026, 11, 24), "a"),
            [("early_help_assessment/assessed_on", "future")],
        ),
        (
            "early_help_assessment",
            early("not_done", TODAY),
            [("early_help_assessment/status", "contradiction")],
        ),
        (
            "early_help_assessment",
            early("not_known", None, "a"),
            [("early_help_assessment/status", "contradiction")],
        ),
        ("lead_practitioner", lead(True, agency_id="a", name="A", job_title="b"), []),
        ("lead_practitioner", lead(False), []),
        (
            "lead_practitioner",
            lead(True, agency_id="a", name="A"),
            [("lead_practitioner/job_title", "missing")],
        ),
        (
            "lead_practitioner",
            lead(False, name="A"),
            [("lead_practitioner/name", "contradiction")],
        ),
        ("communication", talk("interpreter", language="Lithuanian"), []),
        ("communication", talk("interpreter"), [("communication/language", "missing")]),
        (
            "communication",
            talk("end_of_contact_summary", "end_of_contact_summary"),
            [("communication/needs", "repeated")],
        ),
        ("trusted_person", SimpleNamespace(member_id="m", description=None), []),
        (
            "trusted_person",
            SimpleNamespace(member_id="m", description="Aunt"),
            [("trusted_person", "one_of")],
        ),
        (
            "trusted_person",
            SimpleNamespace(member_id=None, description=None),
            [("trusted_person", "one_of")],
        ),
        ("told_of_recording", SimpleNamespace(told_on=TODAY), []),
        (
            "told_of_recording",
            SimpleNamespace(told_on=date(2026, 11, 24)),
            [("told_of_recording/told_on", "future")],
        ),
    ],
)
def test_a_part_of_the_profile_agrees_with_itself(
    part: str, content: Any, problems: list[tuple[str, str]]
) -> None:
    change = SimpleNamespace(**dict.fromkeys(profile.PARTS) | {part: content})
    assert found(profile.problems(change, TODAY)) == problems


@pytest.mark.parametrize(
    ("told", "needs", "fits"),
    [
        (None, [profile.TO_BE_TOLD], True),
        ({"told_on": "2026-11-01"}, [], True),
        ({"told_on": "2026-11-01"}, None, True),
        ({"told_on": "2026-11-01"}, [profile.TO_BE_TOLD], False),
    ],
)
def test_whoever_was_told_need_not_be_told(told: Any, needs: Any, fits: bool) -> None:
    communication = None if needs is None else {"needs": needs}
    parts = {"told_of_recording": told, "communication": communication}
    assert (profile.untold(parts) is None) is fits
