"""What an outcome must hold, rule by rule, without a database."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.meetings.exclusions.rules import ExclusionStatus
from api.meetings.outcome import rules
from api.meetings.outcome.rules import (
    PRESENT,
    AlertDecision,
    Attendance,
    Attending,
    Considered,
    FamilyAttendance,
    Informing,
    KnownAlert,
    Relative,
    Room,
    Told,
)
from api.meetings.rules import MeetingKind

DAY = date(2026, 11, 24)
CHAIR, OTHER, LATER, OUTSIDER = (uuid4() for _ in range(4))
CHILD, FATHER, MOTHER = (uuid4() for _ in range(3))
OWN, THEIRS, FOREIGN = (uuid4() for _ in range(3))
ROOM = Room(
    kind=MeetingKind.CORE_GROUP,
    met_on=DAY,
    today=DAY,
    chairing=CHAIR,
    expected=frozenset({CHAIR, OTHER}),
    invited=frozenset({CHAIR, OTHER, LATER}),
    involved=frozenset({CHAIR, OTHER, LATER, OUTSIDER}),
    members={CHILD: "child", FATHER: "adult", MOTHER: "adult"},
    invited_members=frozenset({FATHER}),
    alerts={
        OWN: KnownAlert(CHAIR, 3),
        THEIRS: KnownAlert(OTHER, 1),
        FOREIGN: KnownAlert(OUTSIDER, 1),
    },
)
WHOLE = Told(
    attendance=[
        Attending(CHAIR, Attendance.ATTENDED, 1),
        Attending(OTHER, Attendance.APOLOGIES, 0),
    ],
    family=[Relative(FATHER, FamilyAttendance.ATTENDED)],
    decisions=1,
    lived_experience=True,
    next_given=True,
)

agencies = st.sampled_from([CHAIR, OTHER, LATER, OUTSIDER])
members = st.sampled_from([CHILD, FATHER, MOTHER, uuid4()])


def pointers(told: Told, room: Room = ROOM) -> list[str]:
    return [each.pointer for each in rules.outcome_refusals(told, room)]


def test_a_whole_one_is_recorded() -> None:
    assert pointers(WHOLE) == []


def test_an_empty_one_lacks_all_that_is_needed() -> None:
    assert pointers(Told()) == [
        "/attendance",
        "/family",
        "/decisions",
        "/child_lived_experience",
        "/next_meeting",
        "/family_sharing_plan",
    ]


def test_every_refusal_of_what_is_missing_names_its_section() -> None:
    found = rules.outcome_refusals(Told(), replace(ROOM, unable=frozenset({OTHER})))
    assert all("(§4)" in each.detail for each in found)


@given(st.lists(st.tuples(agencies, st.sampled_from(Attendance), st.integers(0, 2)), max_size=6))
def test_attendance_is_right_where_everybody_expected_is_named_once_and_nobody_else(
    rows: list[tuple[UUID, Attendance, int]],
) -> None:
    named = [each[0] for each in rows]
    people = all(count for _, attendance, count in rows if attendance in PRESENT)
    right = (
        len(set(named)) == len(named)
        and set(named) <= ROOM.invited
        and set(named) >= ROOM.expected
        and people
    )
    told = replace(WHOLE, attendance=[Attending(*each) for each in rows])
    assert (pointers(told) == []) is right


def test_who_was_invited_after_the_meeting_need_not_be_named() -> None:
    late = Attending(LATER, Attendance.APOLOGIES, 0)
    assert pointers(replace(WHOLE, attendance=[*WHOLE.attendance, late])) == []


@given(
    st.lists(st.tuples(members, st.sampled_from(FamilyAttendance)), max_size=4),
    st.sampled_from([None, *ExclusionStatus]),
)
def test_excluded_is_whom_the_chair_excluded(
    rows: list[tuple[UUID, FamilyAttendance]], status: ExclusionStatus | None
) -> None:
    room = replace(ROOM, exclusions={FATHER: status} if status else {})
    told = replace(WHOLE, family=[Relative(*each) for each in rows], sharing_plan=True)
    if pointers(told, room):
        return
    found = dict(rows)
    assert len(found) == len(rows)
    assert set(found) <= set(ROOM.members)
    assert FATHER in found
    for member, attendance in rows:
        decided = member == FATHER and status is ExclusionStatus.EXCLUDED
        assert (attendance is FamilyAttendance.EXCLUDED) == decided
    if status is ExclusionStatus.EXCLUDED_IN_PART:
        assert found[FATHER] is not FamilyAttendance.ATTENDED


def test_who_was_excluded_is_named_and_nobody_is_wrongly() -> None:
    out = {MOTHER: ExclusionStatus.EXCLUDED}
    room = replace(ROOM, exclusions=out)
    assert pointers(WHOLE, room) == ["/family", "/family_sharing_plan"]
    said = Relative(MOTHER, FamilyAttendance.EXCLUDED)
    told = replace(WHOLE, family=[*WHOLE.family, said], sharing_plan=True)
    assert pointers(told, room) == []
    assert pointers(told) == ["/family/1/attendance"]


@pytest.mark.parametrize(
    ("kind", "attendance", "needed"),
    [
        (MeetingKind.PRACTITIONERS_MEETING, FamilyAttendance.ATTENDED, True),
        (MeetingKind.CORE_GROUP, FamilyAttendance.ATTENDED, False),
        (MeetingKind.CORE_GROUP, FamilyAttendance.ATTENDED_IN_PART, False),
        (MeetingKind.CORE_GROUP, FamilyAttendance.DID_NOT_ATTEND, True),
    ],
)
def test_the_family_is_told_by_a_plan_where_a_parent_was_not_there(
    kind: MeetingKind, attendance: FamilyAttendance, needed: bool
) -> None:
    told = replace(WHOLE, family=[Relative(FATHER, attendance)])
    room = replace(ROOM, kind=kind)
    assert (pointers(told, room) == ["/family_sharing_plan"]) is needed
    assert pointers(replace(told, sharing_plan=True), room) == []


def test_a_child_that_did_not_come_calls_for_no_plan() -> None:
    room = replace(ROOM, invited_members=frozenset({CHILD}))
    told = replace(WHOLE, family=[Relative(CHILD, FamilyAttendance.DID_NOT_ATTEND)])
    assert pointers(told, room) == []


def test_a_risk_reduction_meeting_has_a_plan() -> None:
    room = replace(ROOM, kind=MeetingKind.RISK_REDUCTION_MEETING)
    assert pointers(WHOLE, room) == ["/risk_reduction_plan"]
    assert pointers(replace(WHOLE, risk_plan=True), room) == []


@given(agencies, st.lists(agencies, max_size=4))
def test_information_is_by_those_invited_and_for_those_invited(
    teller: UUID, told_to: list[UUID]
) -> None:
    told = replace(WHOLE, information=[Informing(teller, tuple(told_to))])
    right = {teller, *told_to} <= ROOM.invited and len(set(told_to)) == len(told_to)
    assert (pointers(told) == []) is right


@given(st.lists(agencies, max_size=4), st.sets(agencies))
def test_every_agency_that_is_unable_and_was_invited_is_answered_for_once(
    answered: list[UUID], unable: set[UUID]
) -> None:
    room = replace(ROOM, unable=frozenset(unable))
    right = (
        len(set(answered)) == len(answered)
        and set(answered) <= ROOM.invited
        and set(answered) >= unable & ROOM.invited
    )
    assert (pointers(replace(WHOLE, answered=answered), room) == []) is right


@given(agencies)
def test_dissent_and_roles_are_of_those_invited(agency: UUID) -> None:
    right = agency in ROOM.invited
    assert (pointers(replace(WHOLE, dissent=[agency])) == []) is right
    assert (pointers(replace(WHOLE, roles=[agency])) == []) is right


@given(st.integers(-400, 800))
def test_the_next_meeting_is_after_this_one_within_a_year(days: int) -> None:
    told = replace(WHOLE, next_on=DAY + timedelta(days=days))
    assert (pointers(told) == []) is (0 < days <= 366)


@given(
    st.sampled_from([OWN, THEIRS, FOREIGN, uuid4()]),
    st.sampled_from(AlertDecision),
    st.sampled_from([None, 1, 3]),
    st.sampled_from([None, -1, 0, 366, 367]),
)
def test_own_alerts_are_decided_about_and_others_are_to_be_reconsidered(
    alert_id: UUID, decision: AlertDecision, version: int | None, days: int | None
) -> None:
    by = None if days is None else DAY + timedelta(days=days)
    considered = Considered(alert_id, decision, version, by)
    known = ROOM.alerts.get(alert_id)
    asks = decision is AlertDecision.RECONSIDER
    right = (
        known is not None
        and asks is (known.agency_id != CHAIR)
        and known.agency_id in ROOM.invited
        and version in (None, known.version)
        and (days is None or 0 <= days <= 366)
    )
    assert (pointers(replace(WHOLE, alerts=[considered])) == []) is right
    assert rules.to_reconsider([considered], ROOM) == ({alert_id} if right and asks else set())


def test_an_alert_is_considered_once() -> None:
    twice = [Considered(OWN, AlertDecision.KEPT)] * 2
    assert pointers(replace(WHOLE, alerts=twice)) == ["/alerts/1/alert_id"]


def test_an_owner_that_has_left_is_not_asked() -> None:
    room = replace(ROOM, involved=frozenset({CHAIR}))
    asked = [Considered(THEIRS, AlertDecision.RECONSIDER)]
    assert pointers(replace(WHOLE, alerts=asked), room) == ["/alerts/0/alert_id"]


def test_an_amendment_is_asked_for_the_record_alone_and_pointed_at_in_its_place() -> None:
    found = [each.pointer for each in rules.record_refusals(Told(), ROOM, "/outcome")]
    assert found == [
        "/outcome/attendance",
        "/outcome/family",
        "/outcome/decisions",
        "/outcome/child_lived_experience",
    ]


def test_who_was_invited_is_not_said_to_be_uninvited() -> None:
    told = replace(WHOLE, family=[Relative(FATHER, FamilyAttendance.NOT_INVITED)])
    assert "/family/0/attendance" in pointers(told)
    also = Relative(MOTHER, FamilyAttendance.NOT_INVITED)
    assert pointers(replace(WHOLE, family=[*WHOLE.family, also])) == []


def test_who_was_excluded_from_a_part_did_not_attend_the_whole() -> None:
    room = replace(ROOM, exclusions={FATHER: ExclusionStatus.EXCLUDED_IN_PART})
    told = replace(WHOLE, sharing_plan=True)
    assert pointers(told, room) == ["/family/0/attendance"]
    part = Relative(FATHER, FamilyAttendance.ATTENDED_IN_PART)
    assert pointers(replace(told, family=[part]), room) == []
