"""Pure decisions about plans: kinds, states and reviews."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from api.alerts.rules import access_refusal
from api.foundation.calendar import add_months
from api.foundation.errors import FieldError

OTHER = "other"


class PlanKind(StrEnum):
    FAMILY_SHARING = "family_sharing"
    RISK_REDUCTION = "risk_reduction"


class PlanStatus(StrEnum):
    CURRENT = "current"
    SUPERSEDED = "superseded"
    ENDED = "ended"


class PlanReviewOutcome(StrEnum):
    CONTINUE = "continue"
    CHANGE = "change"
    END = "end"


class PlanAct(StrEnum):
    DRAW_UP = "draw_up"
    REVIEW = "review"
    SHARE = "share"
    HAND_OVER = "hand_over"
    SUPERSEDE = "supersede"
    END = "end"


_S = PlanStatus
# The state machine, whole: what each act makes of each status it is legal in. A meeting draws up.
TRANSITIONS: dict[PlanAct, dict[PlanStatus, PlanStatus]] = {
    PlanAct.REVIEW: {_S.CURRENT: _S.CURRENT},
    PlanAct.SHARE: {_S.CURRENT: _S.CURRENT},
    PlanAct.HAND_OVER: {_S.CURRENT: _S.CURRENT},
    PlanAct.SUPERSEDE: {_S.CURRENT: _S.SUPERSEDED},
    PlanAct.END: {_S.CURRENT: _S.ENDED},
}


def after(act: PlanAct, status: PlanStatus) -> PlanStatus | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: PlanStatus) -> list[PlanAct]:
    """What people may do now; only another plan supersedes one."""
    return [
        act
        for act, transitions in TRANSITIONS.items()
        if status in transitions and act is not PlanAct.SUPERSEDE
    ]


def is_overdue(status: str, review_due: date, today: date) -> bool:
    """A date ends at the close of that day."""
    return status == PlanStatus.CURRENT and today > review_due


def next_review(held_on: date, repeat_days: int, today: date) -> date:
    """So many days after the review, or after today where that has passed already."""
    following = held_on + timedelta(days=repeat_days)
    return following if following > today else today + timedelta(days=repeat_days)


def review_refusal(
    outcome: PlanReviewOutcome,
    kind: str,
    said: Collection[str],
    *,
    dated: bool,
    repeating: bool,
) -> FieldError | None:
    """Whether the next review (`dated`) and new content stand where they belong: `said` are the
    kinds of content that were given."""
    changed = outcome is PlanReviewOutcome.CHANGE
    for each in PlanKind:
        if (each in said) != (changed and each == kind):
            return FieldError(
                f"/{each}", "content", "With the outcome `change`, and of the plan's kind only."
            )
    if dated and outcome is not PlanReviewOutcome.CONTINUE:
        return FieldError("/review_due", "review_due", "With the outcome `continue` only.")
    if outcome is PlanReviewOutcome.CONTINUE and not (dated or repeating):
        return FieldError("/review_due", "missing", "When it is looked at again.")
    return None


# What the family is told is told within half a year; when a measure begins lies within a year.
SHARED_WITHIN_MONTHS = 6
# A family may have been told at the meeting itself, which is recorded later.
TOLD_BEFORE = timedelta(days=366)
MEASURED_WITHIN = timedelta(days=366)


def sharing_refusal(
    on: date | None, look_again_on: date | None, today: date, months: int
) -> FieldError | None:
    """When the family is told, or when that is looked at again; one of both is given."""
    if on is not None:
        earliest, latest = today - TOLD_BEFORE, add_months(today, SHARED_WITHIN_MONTHS)
        return _out_of("/sharing/on", on, earliest, latest)
    tomorrow = today + timedelta(days=1)
    given = look_again_on or today
    return _out_of("/not_yet/look_again_on", given, tomorrow, add_months(today, months))


def review_due_refusal(review_due: date, today: date, months: int) -> FieldError | None:
    """After today, and not too far ahead."""
    tomorrow = today + timedelta(days=1)
    return _out_of("/review_due", review_due, tomorrow, add_months(today, months))


def held_refusal(held_on: date, drawn_up: date, today: date) -> FieldError | None:
    """Held between the day that the plan was drawn up and today."""
    return _out_of("/held_on", held_on, drawn_up, today)


def repeat_refusal(repeat_days: int | None, today: date, months: int) -> FieldError | None:
    """No review is scheduled further ahead than a review may be."""
    if repeat_days is None or today + timedelta(days=repeat_days) <= add_months(today, months):
        return None
    return FieldError("/repeat_days", "out_of_range", f"Within the next {months} months.")


def _out_of(pointer: str, day: date, earliest: date, latest: date) -> FieldError | None:
    if earliest <= day <= latest:
        return None
    return FieldError(pointer, "out_of_range", f"Between {earliest} and {latest}.")


def measures_refusal(
    measures: Sequence[tuple[str | None, str, date]], child_seen_how: str | None, today: date
) -> FieldError | None:
    """Of each measure its code, whom it is for and from when. What keeps practitioners from the
    home says how the child is still seen (procedure §3)."""
    named = [(code, who.casefold()) for code, who, _ in measures]
    for place, (code, _, from_on) in enumerate(measures):
        if code not in {None, OTHER} and named[place] in named[:place]:
            return FieldError(
                f"/measures/{place}/precaution", "repeated", "The same measure is named twice."
            )
        beyond = _out_of(
            f"/measures/{place}/from_on", from_on, today - MEASURED_WITHIN, today + MEASURED_WITHIN
        )
        if beyond is not None:
            return beyond
    refused = access_refusal([code for code, _, _ in measures if code], child_seen_how)
    return FieldError(refused[0], "missing", refused[1]) if refused else None


def alerts_refusal(alert_ids: Sequence[UUID], known: Collection[UUID]) -> FieldError | None:
    """Each once, and one that is read."""
    for place, each in enumerate(alert_ids):
        if each in alert_ids[:place]:
            return FieldError(f"/alert_ids/{place}", "repeated", "The alert is named twice.")
        if each not in known:
            return FieldError(
                f"/alert_ids/{place}", "unknown_alert", "No alert of this family with this id."
            )
    return None
