"""Pure decisions about alerts: states, deadlines, and what may ground one."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from api.access.actor import Named
from api.foundation.calendar import (
    add_months,
    add_working_days,
    end_of_day,
    london_date,
    london_time,
    next_working_day,
)

REVIEW_NOTICE_DAYS = 14
EXPIRY_NOTICE_DAYS = (30, 7)
# Precautions that keep practitioners away from where the child is seen.
KEEPING_AWAY = frozenset({"remote_contact_agreed", "no_home_visits"})


class AlertStatus(StrEnum):
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    UNDER_REVIEW = "under_review"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered_in_error"


Status = AlertStatus  # within this domain; clients get classes of the name it is documented by


class Severity(StrEnum):
    CAUTION = "caution"
    SERIOUS = "serious"
    IMMEDIATE_DANGER = "immediate_danger"


class SubjectKind(StrEnum):
    MEMBER = "member"
    OTHER_PERSON = "other_person"
    ANIMAL = "animal"
    PREMISES = "premises"


class AudienceKind(StrEnum):
    INVOLVED = "involved"
    AGENCIES = "agencies"


class GroundsKind(StrEnum):
    BEHAVIOUR = "behaviour"
    CONCERN = "concern"
    COMPLAINT = "complaint"


class Origin(StrEnum):
    """What an alert has to do with the one it was made of."""

    REPLACES = "replaces"
    CORRECTS = "corrects"
    MOVES = "moves"  # corrects, and stands on another family's record
    EXTENDS = "extends"


class Notification(StrEnum):
    """Whether the subject knows of the alert."""

    DUE = "due"
    SENT = "sent"
    WITHHELD = "withheld"


class Act(StrEnum):
    RATIFY = "ratify"
    REVIEW = "review"
    RENEW = "renew"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    ENTER_IN_ERROR = "enter_in_error"
    LAPSE = "lapse"


LIVE = frozenset({Status.PROVISIONAL, Status.ACTIVE, Status.UNDER_REVIEW})
URGENT = frozenset({Severity.SERIOUS, Severity.IMMEDIATE_DANGER})

# The state machine, whole: what each act makes of each status it is legal in.
TRANSITIONS: dict[Act, dict[Status, Status]] = {
    Act.RATIFY: {Status.PROVISIONAL: Status.ACTIVE},
    Act.REVIEW: {Status.ACTIVE: Status.UNDER_REVIEW},
    Act.RENEW: {Status.ACTIVE: Status.ACTIVE, Status.UNDER_REVIEW: Status.ACTIVE},
    Act.WITHDRAW: dict.fromkeys(LIVE, Status.WITHDRAWN),
    Act.SUPERSEDE: dict.fromkeys(LIVE, Status.SUPERSEDED),
    Act.ENTER_IN_ERROR: dict.fromkeys(LIVE, Status.ENTERED_IN_ERROR),
    Act.LAPSE: dict.fromkeys(LIVE, Status.LAPSED),
}
RECALLING = {
    Act.WITHDRAW: Status.WITHDRAWN,
    Act.SUPERSEDE: Status.SUPERSEDED,
    Act.ENTER_IN_ERROR: Status.ENTERED_IN_ERROR,
}


def after(act: Act, status: Status) -> Status | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: Status) -> list[Act]:
    """What people may do now; only time makes an alert lapse."""
    return [act for act in Act if act is not Act.LAPSE and status in TRANSITIONS[act]]


def ratify_by(published_at: datetime, within: timedelta) -> datetime:
    """That long after, or by noon of the next working day in England, whichever is later."""
    noon = london_time(next_working_day(london_date(published_at)), time(12))
    return max(published_at + within, noon)


def warn_after(within: timedelta) -> tuple[timedelta, timedelta]:
    """When "nobody has ratified this yet" is said: after a third and two thirds of the time."""
    return within / 3, within * 2 / 3


def warnings_due(published_at: datetime, now: datetime, within: timedelta) -> int:
    """How many of those warnings should have gone out by now."""
    return sum(1 for after_time in warn_after(within) if now >= published_at + after_time)


def latest_review(today: date, months: int) -> date:
    return add_months(today, months)


def latest_expiry(today: date, months: int) -> date:
    return add_months(today, months)


def expiry_notices_due(expires_on: date, today: date) -> int:
    """How many announcements of the hard expiry should have gone out by now."""
    return sum(1 for days in EXPIRY_NOTICE_DAYS if today >= expires_on - timedelta(days=days))


def review_notices_due(review_due: date, today: date) -> int:
    """1 from two weeks before the review is due, 2 once it is overdue."""
    ahead = today >= review_due - timedelta(days=REVIEW_NOTICE_DAYS)
    return int(ahead) + int(is_review_overdue(review_due, today))


def is_review_overdue(review_due: date, today: date) -> bool:
    return today > review_due


def acknowledge_by(
    told_at: datetime, *, urgent: bool, urgent_minutes: int, routine_working_days: int
) -> datetime:
    """Minutes for an urgent alert; for a routine one the end of so many working days."""
    if urgent:
        return told_at + timedelta(minutes=urgent_minutes)
    return end_of_day(add_working_days(london_date(told_at), routine_working_days))


def has_expired(expires_on: date, now: datetime) -> bool:
    """A date ends at the close of that day in London."""
    return london_date(now) > expires_on


def narrows(before: str, readers: Collection[UUID], kind: str, named: Collection[UUID]) -> bool:
    """Whether an audience leaves out somebody of an earlier one: `readers` are those who read it
    now, and everybody who joins the family will read what is for all involved."""
    if kind == AudienceKind.INVOLVED:
        return False
    return before == AudienceKind.INVOLVED or not set(readers) <= set(named)


def withdrawn_by_another(severity: str, status: Status) -> bool:
    """Whether withdrawing needs somebody other than the author: two people found it severe."""
    return severity in URGENT and status in (Status.ACTIVE, Status.UNDER_REVIEW)


def grounds_refusal(
    kind: GroundsKind, types: Collection[str], behaviours: Collection[object]
) -> tuple[str, str] | None:
    """The pointer and reason why grounds do not carry an alert (procedure §2, §6), or None."""
    if kind is GroundsKind.COMPLAINT:
        return "/grounds/kind", "A complaint alone is never grounds for an alert (§6)."
    if set(types) == {"ambivalence"}:
        return (
            "/grounds/uncooperativeness_types",
            "Ambivalence alone is never grounds for an alert (§2).",
        )
    if kind is GroundsKind.BEHAVIOUR and not behaviours:
        return "/behaviours", "Grounds of behaviour name at least one behaviour (§6)."
    return None


def access_refusal(
    precautions: Collection[str], child_seen_how: str | None
) -> tuple[str, str] | None:
    """The pointer and reason why precautions are refused (procedure §3, §7), or None: keeping
    away from the home must not mean that nobody sees the child."""
    keeping_away = KEEPING_AWAY & set(precautions)
    if keeping_away and child_seen_how is None:
        return (
            "/child_seen_how",
            f"With {' or '.join(sorted(keeping_away))}, say how the child is still seen (§3).",
        )
    return None


def review_refusal(
    severity: str, author: Named, ratifier: Named | None, reviewers: Collection[Named]
) -> str | None:
    """Why these people may not review an alert, or None. `reviewers`: who began the review and
    who concludes it. No author reviews; and a severe alert is not reviewed by its ratifier
    alone."""
    if any(author.is_same_as(each) for each in reviewers):
        return "The author of an alert is not one of those who review it."
    alone = ratifier is not None and all(ratifier.is_same_as(each) for each in reviewers)
    if severity in URGENT and alone:
        return "Who ratified a severe alert is not the only one who reviews it."
    return None
