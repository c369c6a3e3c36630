"""Deadlines, states and grounds of alerts, decided without a database."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.actor import Actor, Named, Person
from api.access.roles import Role
from api.alerts import access, rules
from api.alerts.rules import Act, GroundsKind, Status
from api.deadlines import Deadlines
from api.foundation.calendar import LONDON, end_of_day, is_working_day, london_date
from api.foundation.errors import Conflict, Forbidden

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 (zoned below)
    lambda naive: naive.replace(tzinfo=UTC)
)
BANK_HOLIDAYS = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 29)}
ONE, OTHER = UUID(int=1), UUID(int=2)
AGREED = Deadlines()


def ratify_by(published: datetime) -> datetime:
    return rules.ratify_by(published, AGREED.ratify_within)


def london(day: str, at: str) -> datetime:
    return datetime.combine(
        date.fromisoformat(day), time.fromisoformat(at), tzinfo=LONDON
    ).astimezone(UTC)


@pytest.mark.parametrize(
    ("published", "deadline"),
    [
        (("2026-11-23", "10:00"), ("2026-11-26", "10:00")),  # a Monday: 72 hours
        (("2026-11-20", "10:00"), ("2026-11-23", "12:00")),  # a Friday morning: Monday noon
        (("2026-11-20", "12:00"), ("2026-11-23", "12:00")),
        (("2026-11-20", "17:00"), ("2026-11-23", "17:00")),
        (("2026-11-21", "09:00"), ("2026-11-24", "09:00")),
        (("2026-12-24", "09:00"), ("2026-12-29", "12:00")),  # Christmas, weekend, substitute day
        (("2026-12-25", "20:00"), ("2026-12-29", "12:00")),
        (("2027-03-25", "08:00"), ("2027-03-30", "12:00")),  # Good Friday to Easter Monday
        (("2027-03-26", "08:00"), ("2027-03-30", "12:00")),  # clocks go forward on the 28th
        (("2026-10-23", "11:30"), ("2026-10-26", "12:00")),  # clocks go back on the 25th
    ],
)
def test_an_alert_is_ratified_in_72_hours_or_by_noon_of_the_next_working_day(
    published: tuple[str, str], deadline: tuple[str, str]
) -> None:
    assert ratify_by(london(*published)) == london(*deadline)


def test_seventy_two_hours_are_hours_also_when_the_clocks_change() -> None:
    published = london("2026-10-24", "23:00")
    assert ratify_by(published) == published + timedelta(hours=72)
    assert ratify_by(published) == london("2026-10-27", "22:00")


@given(MOMENTS)
def test_no_alert_has_less_than_72_hours_or_more_than_a_long_weekend(published: datetime) -> None:
    allowed = ratify_by(published) - published
    assert timedelta(hours=72) <= allowed <= timedelta(days=7)


@given(MOMENTS)
def test_a_deadline_after_72_hours_is_noon_of_a_working_day(published: datetime) -> None:
    deadline = ratify_by(published)
    if deadline != published + timedelta(hours=72):
        assert deadline.astimezone(LONDON).time() == time(12)
        assert is_working_day(london_date(deadline))


@given(MOMENTS, MOMENTS)
def test_who_publishes_later_never_has_the_earlier_deadline(one: datetime, other: datetime) -> None:
    first, last = sorted([one, other])
    assert ratify_by(first) <= ratify_by(last)


@pytest.mark.parametrize("day", sorted(BANK_HOLIDAYS))
def test_a_bank_holiday_in_england_is_no_working_day(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2027, 1, 4), date(2026, 12, 29)])
def test_a_holiday_of_scotland_alone_is_a_working_day(day: date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("hours", "sent"), [(0, 0), (23.99, 0), (24, 1), (47.99, 1), (48, 2), (500, 2)]
)
def test_warnings_are_due_after_24_and_48_hours(hours: float, sent: int) -> None:
    published = london("2026-11-23", "10:00")
    now = published + timedelta(hours=hours)
    assert rules.warnings_due(published, now, AGREED.ratify_within) == sent


@pytest.mark.parametrize(
    ("today", "review", "expiry"),
    [
        (date(2026, 11, 23), date(2027, 5, 23), date(2027, 11, 23)),
        (date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31)),
        (date(2028, 2, 29), date(2028, 8, 29), date(2029, 2, 28)),
        (date(2026, 12, 31), date(2027, 6, 30), date(2027, 12, 31)),
    ],
)
def test_a_review_is_at_most_6_and_an_expiry_at_most_12_months_away(
    today: date, review: date, expiry: date
) -> None:
    assert rules.latest_review(today, AGREED.review_within_months) == review
    assert rules.latest_expiry(today, AGREED.expire_within_months) == expiry


@pytest.mark.parametrize("day", ["2027-05-01", "2026-12-01", "2027-03-28", "2026-10-25"])
def test_an_alert_expires_at_the_close_of_its_day_in_london(day: str) -> None:
    last = date.fromisoformat(day)
    midnight = end_of_day(last)
    assert midnight == london((last + timedelta(days=1)).isoformat(), "00:00")
    assert not rules.has_expired(last, midnight - timedelta(microseconds=1))
    assert rules.has_expired(last, midnight)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_what_an_act_makes_of_a_status_is_the_whole_machine(act: Act, status: Status) -> None:
    live = {Status.PROVISIONAL, Status.ACTIVE, Status.UNDER_REVIEW}
    expected = {
        Act.RATIFY: Status.ACTIVE if status is Status.PROVISIONAL else None,
        Act.REVIEW: Status.UNDER_REVIEW if status is Status.ACTIVE else None,
        Act.RENEW: Status.ACTIVE if status in live - {Status.PROVISIONAL} else None,
        Act.WITHDRAW: Status.WITHDRAWN if status in live else None,
        Act.SUPERSEDE: Status.SUPERSEDED if status in live else None,
        Act.ENTER_IN_ERROR: Status.ENTERED_IN_ERROR if status in live else None,
        Act.LAPSE: Status.LAPSED if status in live else None,
    }[act]
    assert rules.after(act, status) is expected
    by_people = expected is not None and act is not Act.LAPSE
    assert (act in rules.legal_acts(status)) is by_people


def test_what_is_live_can_end_and_what_ended_cannot_change() -> None:
    for status in Status:
        acts = rules.legal_acts(status)
        assert bool(acts) is (status in rules.LIVE)
        assert {rules.after(act, status) for act in acts} <= set(Status)
        ends = {rules.after(act, status) for act in acts} - rules.LIVE
        assert bool(ends) is (status in rules.LIVE)


@given(st.lists(st.sampled_from(list(Act)), max_size=30))
def test_whatever_is_done_an_alert_is_ratified_before_it_is_reviewed_and_ends_once(
    acts: list[Act],
) -> None:
    status, done = Status.PROVISIONAL, []
    for act in acts:
        following = rules.after(act, status)
        if following is not None:
            assert status in rules.LIVE
            done.append(act)
            status = following
    assert (status in rules.LIVE) is (not {*rules.RECALLING, Act.LAPSE} & set(done))
    assert done.count(Act.RATIFY) <= 1
    if {Act.REVIEW, Act.RENEW} & set(done):
        assert done[0] is Act.RATIFY


@pytest.mark.parametrize(
    ("today", "review", "expiry"),
    [
        ("2026-11-23", 0, 0),
        ("2027-01-17", 0, 0),
        ("2027-01-18", 1, 0),  # two weeks before the review
        ("2027-02-01", 1, 0),
        ("2027-02-02", 2, 0),  # overdue
        ("2027-04-01", 2, 1),  # 30 days before the end
        ("2027-04-24", 2, 2),  # 7 days
    ],
)
def test_notices_are_given_in_time(today: str, review: int, expiry: int) -> None:
    day = date.fromisoformat(today)
    assert rules.review_notices_due(date(2027, 2, 1), day) == review
    assert rules.expiry_notices_due(date(2027, 5, 1), day) == expiry


@pytest.mark.parametrize(
    ("told", "urgent", "by"),
    [
        (("2026-11-23", "10:00"), True, ("2026-11-23", "10:15")),
        (("2026-11-23", "10:00"), False, ("2026-11-26", "00:00")),
        (("2026-11-27", "17:00"), False, ("2026-12-02", "00:00")),  # over a weekend
        (("2026-12-24", "09:00"), False, ("2026-12-31", "00:00")),  # and over Christmas
    ],
)
def test_an_alert_is_acknowledged_in_15_minutes_or_two_working_days(
    told: tuple[str, str], urgent: bool, by: tuple[str, str]
) -> None:
    given = {"urgent": urgent, "urgent_minutes": 15, "routine_working_days": 2}
    assert rules.acknowledge_by(london(*told), **given) == london(*by)


@pytest.mark.parametrize(
    ("precautions", "seen", "refused"),
    [
        (["no_home_visits"], None, True),
        (["daylight_only", "remote_contact_agreed"], None, True),
        (["no_home_visits", "remote_contact_agreed"], "At school, weekly.", False),
        (["daylight_only"], None, False),
    ],
)
def test_who_stays_away_says_how_the_child_is_still_seen(
    precautions: list[str], seen: str | None, refused: bool
) -> None:
    refusal = rules.access_refusal(precautions, seen)
    assert (refusal is not None) is refused
    assert refusal is None or refusal[0] == "/child_seen_how"


AMINA, RUTH, ROSA = (Named(UUID(int=n), name) for n, name in enumerate(("Amina", "Ruth", "Rosa")))


@pytest.mark.parametrize(
    ("severity", "ratifier", "reviewers", "refused"),
    [
        ("caution", RUTH, [RUTH], False),
        ("caution", RUTH, [AMINA], True),
        ("caution", RUTH, [RUTH, AMINA], True),
        ("serious", RUTH, [RUTH], True),
        ("serious", RUTH, [RUTH, RUTH], True),
        ("immediate_danger", RUTH, [RUTH, Named(None, "ruth")], True),
        ("serious", RUTH, [ROSA], False),
        ("serious", RUTH, [RUTH, ROSA], False),
        ("immediate_danger", None, [RUTH], False),
    ],
)
def test_reviewers_are_independent_of_who_wrote_and_who_ratified(
    severity: str, ratifier: Named | None, reviewers: list[Named], refused: bool
) -> None:
    refusal = rules.review_refusal(severity, AMINA, ratifier, reviewers)
    assert (refusal is not None) is refused


@pytest.mark.parametrize(
    ("kind", "types", "behaviours", "pointer"),
    [
        (GroundsKind.BEHAVIOUR, ["confrontation"], ["shouting"], None),
        (GroundsKind.BEHAVIOUR, [], ["shouting"], None),
        (GroundsKind.BEHAVIOUR, ["ambivalence", "avoidance"], ["shouting"], None),
        (GroundsKind.CONCERN, [], [], None),
        (GroundsKind.CONCERN, ["violence"], [], None),
        (GroundsKind.BEHAVIOUR, ["violence"], [], "/behaviours"),
        (GroundsKind.COMPLAINT, ["violence"], ["shouting"], "/grounds/kind"),
        (GroundsKind.BEHAVIOUR, ["ambivalence"], ["shouting"], "/grounds/uncooperativeness_types"),
        (GroundsKind.CONCERN, ["ambivalence"] * 2, [], "/grounds/uncooperativeness_types"),
    ],
)
def test_a_complaint_or_ambivalence_alone_never_carries_an_alert(
    kind: GroundsKind, types: list[str], behaviours: list[str], pointer: str | None
) -> None:
    refusal = rules.grounds_refusal(kind, types, behaviours)
    assert (refusal[0] if refusal else None) == pointer


@pytest.mark.parametrize(
    ("author", "approver", "same"),
    [
        ((ONE, "Amina"), (ONE, "Amina Patel"), True),
        ((ONE, "Amina"), (OTHER, "Ruth"), False),
        ((ONE, "Amina"), (OTHER, "Amina"), True),
        ((ONE, "Amina Patel"), (OTHER, "amina  patel."), True),
        ((None, "Amina\u200d Patel"), (OTHER, "Amína Patel"), True),
        ((None, "Amina"), (OTHER, "AMINA"), True),
        ((None, "Amina"), (OTHER, "Ruth"), False),
    ],
)
def test_author_and_approver_are_compared_by_who_they_are(
    author: tuple[UUID | None, str], approver: tuple[UUID, str], same: bool
) -> None:
    assert Named(*author).is_same_as(Named(*approver)) is same


def actor(agency: UUID, person: Person | None) -> Actor:
    return Actor(agency, OTHER, frozenset({Role.MANAGER}), person)


def test_only_the_owner_s_people_change_an_alert_and_never_its_author() -> None:
    alert = SimpleNamespace(agency_id=ONE, author_id=ONE, author_name="Amina")
    with pytest.raises(Forbidden):
        access.check_owns(actor(OTHER, None), alert)
    access.check_owns(actor(ONE, None), alert)
    with pytest.raises(Forbidden):
        access.check_other_person(actor(ONE, None), alert)
    with pytest.raises(Forbidden):
        actor(ONE, None).in_person()
    with pytest.raises(Conflict):
        access.check_other_person(actor(ONE, Person(ONE, "Amina", "nurse")), alert)
    access.check_other_person(actor(ONE, Person(OTHER, "Ruth", "manager")), alert)


@pytest.mark.parametrize(
    ("before", "readers", "kind", "named", "narrower"),
    [
        ("involved", {ONE, OTHER}, "involved", set(), False),
        ("involved", {ONE}, "agencies", {ONE}, True),  # who joins later would not read it
        ("agencies", {ONE}, "involved", set(), False),
        ("agencies", {ONE}, "agencies", {ONE, OTHER}, False),
        ("agencies", {ONE, OTHER}, "agencies", {ONE}, True),
        ("agencies", set(), "agencies", {ONE}, False),
    ],
)
def test_a_replacement_leaves_nobody_out(
    before: str, readers: set[UUID], kind: str, named: set[UUID], narrower: bool
) -> None:
    assert rules.narrows(before, readers, kind, named) is narrower


@given(st.sampled_from(list(rules.Severity)), st.sampled_from(list(Status)))
def test_what_two_people_found_severe_is_withdrawn_by_another(
    severity: rules.Severity, status: Status
) -> None:
    ratified = status in (Status.ACTIVE, Status.UNDER_REVIEW)
    expected = ratified and severity != "caution"
    assert rules.withdrawn_by_another(severity, status) is expected
