"""The picture of hostility: pure rules over facts, each indicator saying why."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.overview.picture.facts import Alert, Contact, Facts, Incident, Plan, Withheld
from api.overview.picture.rules import (
    RULES,
    Code,
    Limits,
    Pattern,
    by_month,
    indicators,
    is_intermittent,
    met_by,
    pattern,
)

TODAY = date(2026, 11, 23)
LIMITS = Limits(no_contact_days=28, child_not_seen_days=14)
A, B, C = (UUID(int=number) for number in (1, 2, 3))
EVERYBODY = frozenset({A, B, C})


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def an_incident(days: int, *targets: UUID, number: int = 0) -> Incident:
    return Incident(UUID(int=1000 + days + number), days_ago(days), frozenset(targets))


def an_alert(days: int, agency: UUID = A, **changes: Any) -> Alert:
    alert = Alert(UUID(int=2000 + days), agency, days_ago(days), "serious", "member|1", frozenset())
    return replace(alert, **changes)


def a_contact(days: int, agency: UUID, **changes: Any) -> Contact:
    contact = Contact(
        id=UUID(int=3000 + days * 10 + agency.int),
        agency_id=agency,
        day=days_ago(days),
        at_home=True,
        took_place=True,
        child_seen=True,
        cooperative=True,
    )
    return replace(contact, **changes)


def facts(**given: Any) -> Facts:
    return Facts(today=TODAY, involved=EVERYBODY, **given)


def codes(of: Facts) -> set[Code]:
    return {each.code for each in indicators(of, LIMITS)}


def test_a_family_that_meets_nobody_with_hostility_has_no_picture() -> None:
    calm = facts(contacts=[a_contact(3, A), a_contact(5, B)])
    assert (pattern(calm), is_intermittent(calm), by_month(calm)) == (Pattern.NONE, False, {})
    assert indicators(calm, LIMITS) == []


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([(A,)], Pattern.SELECTIVE),
        ([(A,), (B,)], Pattern.UNIVERSAL),  # two of three are most
        ([(A, B, C)], Pattern.UNIVERSAL),
        ([(UUID(int=9),)], Pattern.NONE),  # an agency that is not involved any more
    ],
)
def test_hostility_towards_most_is_universal_and_towards_some_selective(
    targets: list[tuple[UUID, ...]], expected: Pattern
) -> None:
    met = [an_incident(days + 1, *each) for days, each in enumerate(targets)]
    assert pattern(facts(incidents=met)) is expected


def test_one_agency_alone_is_never_most() -> None:
    alone = Facts(today=TODAY, involved=frozenset({A}), incidents=[an_incident(1, A)])
    assert pattern(alone) is Pattern.SELECTIVE


@pytest.mark.parametrize(("gap", "expected"), [(60, False), (61, True)])
def test_hostility_that_comes_back_after_a_calm_is_intermittent(gap: int, expected: bool) -> None:
    assert (
        is_intermittent(facts(incidents=[an_incident(1, A), an_incident(1 + gap, A)])) is expected
    )


def test_incidents_are_counted_by_month() -> None:
    met = [an_incident(days, A) for days in (1, 2, 40)]
    assert by_month(facts(incidents=met)) == {"2026-10": 1, "2026-11": 2}


@pytest.mark.parametrize(
    ("alert_days", "seen_days", "expected"),
    [
        (13, None, set()),
        (14, None, {Code.CHILD_NOT_SEEN}),
        (28, None, {Code.CHILD_NOT_SEEN, Code.NO_CONTACT}),
        (60, 13, set()),
        (60, 14, {Code.CHILD_NOT_SEEN}),
        (60, 28, {Code.CHILD_NOT_SEEN, Code.NO_CONTACT}),
        (10, 100, set()),  # counted from the alert on
    ],
)
def test_a_child_or_a_contact_is_missed_under_an_alert_in_force(
    alert_days: int, seen_days: int | None, expected: set[Code]
) -> None:
    contacts = [] if seen_days is None else [a_contact(seen_days, A)]
    found = facts(alerts=[an_alert(alert_days)], contacts=contacts, plans=[Plan("agreement", A)])
    assert codes(found) == expected


def test_a_contact_that_did_not_take_place_is_none() -> None:
    missed = [a_contact(1, A, took_place=False, child_seen=False)]
    found = facts(alerts=[an_alert(30)], contacts=missed)
    assert {Code.NO_CONTACT, Code.CHILD_NOT_SEEN} <= codes(found)
    [first, *_] = indicators(found, LIMITS)
    assert first.why.endswith("None is on record.")


def test_without_an_alert_nothing_is_missed() -> None:
    assert codes(facts(incidents=[an_incident(100, A)])) == {Code.NO_CURRENT_PLAN}


def test_what_keeps_practitioners_away_is_named() -> None:
    away = an_alert(1, precautions=frozenset({"no_home_visits", "taxi_waiting"}))
    unable = Withheld("engagement_inability", UUID(int=7), B)
    found = {
        each.code: each for each in indicators(facts(alerts=[away], withheld=[unable]), LIMITS)
    }
    named = found[Code.SERVICES_WITHHELD]
    assert named.agencies == {A, B}
    assert [each.type for each in named.evidence] == ["engagement_inability", "alert"]
    assert Code.SERVICES_WITHHELD not in codes(facts(alerts=[an_alert(1)]))


def test_one_agency_may_carry_all_visits() -> None:
    visits = [a_contact(days, A) for days in (1, 20, 89)]
    assert codes(facts(contacts=visits)) == {Code.ONE_AGENCY_VISITS}
    assert codes(facts(contacts=[*visits, a_contact(2, B)])) == set()
    assert codes(facts(contacts=[*visits[:2], a_contact(91, A)])) == set()  # too long ago
    assert codes(facts(contacts=[*visits[:2], a_contact(3, A, at_home=False)])) == set()
    alone = Facts(today=TODAY, involved=frozenset({A}), contacts=visits)
    assert codes(alone) == set()


def test_one_agency_may_be_the_target() -> None:
    aimed = facts(incidents=[an_incident(1, A), an_incident(2, A)], plans=[Plan("agreement", A)])
    assert codes(aimed) == {Code.ONE_AGENCY_TARGETED}
    assert codes(replace(aimed, incidents=[an_incident(1, A)])) == set()
    spread = [an_incident(1, A), an_incident(2, B)]
    assert codes(replace(aimed, incidents=spread)) == set()
    assert codes(replace(aimed, involved=frozenset({A}))) == set()


def test_an_agency_that_is_approved_of_may_not_see_the_risk() -> None:
    aimed = facts(
        incidents=[an_incident(1, A)],
        contacts=[a_contact(1, B), a_contact(9, B), a_contact(2, C)],
        plans=[Plan("incident", A)],
    )
    [found] = indicators(aimed, LIMITS)
    assert (found.code, found.agencies) == (Code.APPROVED_OF_AGENCY, {B})
    cool = [a_contact(1, B), a_contact(9, B, cooperative=False)]
    assert indicators(replace(aimed, contacts=cool), LIMITS) == []


def test_agencies_that_judge_one_subject_differently_compare() -> None:
    mine, other = an_alert(1), an_alert(2, B, severity="caution")
    planned = facts(alerts=[mine, other], plans=[Plan("agreement", A)])
    assert codes(planned) == {Code.DIVERGENT_SEVERITIES}
    same_agency = replace(planned, alerts=[mine, replace(other, agency_id=A)])
    assert codes(same_agency) == set()
    elsewhere = replace(planned, alerts=[mine, replace(other, subject="premises|1")])
    assert codes(elsewhere) == set()


def test_a_danger_without_a_plan_is_said() -> None:
    assert codes(facts(alerts=[an_alert(1)])) == {Code.NO_CURRENT_PLAN}
    assert codes(facts(alerts=[an_alert(1)], plans=[Plan("agreement", A)])) == set()


agencies = st.sampled_from([A, B, C, UUID(int=9)])
incidents = st.builds(
    an_incident, st.integers(0, 365), agencies, agencies, number=st.integers(0, 10**6)
)
alerts = st.builds(
    an_alert,
    st.integers(0, 365),
    agencies,
    severity=st.sampled_from(["caution", "serious", "immediate_danger"]),
    subject=st.sampled_from(["member|1", "member|2"]),
    precautions=st.sampled_from([frozenset(), frozenset({"no_home_visits"})]),
)
contacts = st.builds(
    a_contact,
    st.integers(0, 365),
    agencies,
    took_place=st.booleans(),
    child_seen=st.booleans(),
    cooperative=st.booleans(),
    at_home=st.booleans(),
)
any_facts = st.builds(
    facts,
    incidents=st.lists(incidents, max_size=6),
    alerts=st.lists(alerts, max_size=4),
    contacts=st.lists(contacts, max_size=8),
    plans=st.sampled_from([(), (Plan("agreement", A),)]),
)


@given(any_facts)
def test_every_indicator_has_its_reason_and_evidence_among_the_facts(some: Facts) -> None:
    known = {each.id for each in (*some.incidents, *some.alerts, *some.contacts, *some.withheld)}
    found = indicators(some, LIMITS)
    assert len({each.code for each in found}) == len(found) <= len(RULES)
    for each in found:
        assert each.why.endswith(".")
        assert {one.id for one in each.evidence} <= known
        assert each.evidence


@given(any_facts, st.randoms())
def test_the_order_of_the_facts_makes_no_difference(some: Facts, chance: Any) -> None:
    shuffled = replace(
        some,
        **{
            name: chance.sample(list(getattr(some, name)), len(getattr(some, name)))
            for name in ("incidents", "alerts", "contacts")
        },
    )
    assert {(each.code, each.agencies) for each in indicators(shuffled, LIMITS)} == {
        (each.code, each.agencies) for each in indicators(some, LIMITS)
    }
    assert (pattern(shuffled), met_by(shuffled)) == (pattern(some), met_by(some))
