"""Pure decisions about alerts: states, deadlines, and what may ground one."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from api.foundation.calendar import add_months, london_date, london_time, next_working_day
from api.foundation.names import plain_name

RATIFY_WITHIN = timedelta(hours=72)
WARN_AFTER = (timedelta(hours=24), timedelta(hours=48))
REVIEW_MONTHS = 6
EXPIRY_MONTHS = 12


class Status(StrEnum):
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    UNDER_REVIEW = "under_review"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered_in_error"


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


class Act(StrEnum):
    RATIFY = "ratify"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


LIVE = frozenset({Status.PROVISIONAL, Status.ACTIVE, Status.UNDER_REVIEW})
URGENT = frozenset({Severity.SERIOUS, Severity.IMMEDIATE_DANGER})

# The state machine, whole: what each act makes of each status it is legal in.
TRANSITIONS: dict[Act, dict[Status, Status]] = {
    Act.RATIFY: {Status.PROVISIONAL: Status.ACTIVE},
    Act.WITHDRAW: {
        Status.PROVISIONAL: Status.WITHDRAWN,
        Status.ACTIVE: Status.WITHDRAWN,
        Status.UNDER_REVIEW: Status.WITHDRAWN,
    },
    Act.LAPSE: {
        Status.PROVISIONAL: Status.LAPSED,
        Status.ACTIVE: Status.LAPSED,
        Status.UNDER_REVIEW: Status.LAPSED,
    },
}


def after(act: Act, status: Status) -> Status | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: Status) -> list[Act]:
    return [act for act in Act if status in TRANSITIONS[act]]


def ratify_by(published_at: datetime) -> datetime:
    """72 hours, or noon of the next working day in England, whichever is later."""
    noon = london_time(next_working_day(london_date(published_at)), time(12))
    return max(published_at + RATIFY_WITHIN, noon)


def warnings_due(published_at: datetime, now: datetime) -> int:
    """How many of the warnings "nobody has ratified this yet" should have gone out by now."""
    return sum(1 for after_hours in WARN_AFTER if now >= published_at + after_hours)


def latest_review(today: date) -> date:
    return add_months(today, REVIEW_MONTHS)


def latest_expiry(today: date) -> date:
    return add_months(today, EXPIRY_MONTHS)


def has_expired(expires_on: date, now: datetime) -> bool:
    """A date ends at the close of that day in London."""
    return london_date(now) > expires_on


def same_person(
    author_id: UUID | None, author_name: str, approver_id: UUID | None, approver_name: str
) -> bool:
    """Author and approver are never one person. One person may hold two staff ids, or be known
    by name only, so the names are compared as well: a namesake must find a colleague, which is
    the safe mistake."""
    if author_id is not None and author_id == approver_id:
        return True
    return plain_name(author_name) == plain_name(approver_name)


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
