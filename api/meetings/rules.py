"""Pure decisions about meetings: their states, what contradicts itself, and England's statutory
timings (Working Together to Safeguard Children), which warn and block nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from api.foundation.calendar import add_months, add_working_days, london_date
from api.foundation.errors import FieldError

# A meeting may be put on record after it was held, within a week, and is planned within a year.
EARLIEST, LATEST = timedelta(days=7), timedelta(days=365)
LONGEST = timedelta(hours=24)


class MeetingKind(StrEnum):
    STRATEGY_DISCUSSION = "strategy_discussion"
    INITIAL_CONFERENCE = "initial_child_protection_conference"
    REVIEW_CONFERENCE = "review_child_protection_conference"
    CORE_GROUP = "core_group"
    PRACTITIONERS_MEETING = "practitioners_meeting"
    RISK_REDUCTION_MEETING = "risk_reduction_meeting"
    DEBRIEF = "debrief"
    OTHER = "other"


class MeetingStatus(StrEnum):
    SCHEDULED = "scheduled"
    HELD = "held"
    RECORDED = "recorded"
    CANCELLED = "cancelled"


class Act(StrEnum):
    SCHEDULE = "schedule"
    MOVE = "move"
    CANCEL = "cancel"
    INVITE = "invite"
    UNINVITE = "uninvite"
    HAND_OVER = "hand_over"
    HOLD = "hold"
    RECORD = "record"
    AMEND = "amend"


# Those that somebody must still answer for before leaving.
OPEN = frozenset({MeetingStatus.SCHEDULED, MeetingStatus.HELD})

_S = MeetingStatus
# The state machine, whole: what each act makes of each status it is legal in. Scheduling begins it.
TRANSITIONS: dict[Act, dict[MeetingStatus, MeetingStatus]] = {
    Act.MOVE: {_S.SCHEDULED: _S.SCHEDULED},
    Act.CANCEL: {_S.SCHEDULED: _S.CANCELLED},
    Act.INVITE: {each: each for each in (_S.SCHEDULED, _S.HELD, _S.RECORDED)},
    Act.UNINVITE: {_S.SCHEDULED: _S.SCHEDULED},
    Act.HAND_OVER: {each: each for each in (_S.SCHEDULED, _S.HELD, _S.RECORDED)},
    Act.HOLD: {_S.SCHEDULED: _S.HELD},
    Act.RECORD: {_S.HELD: _S.RECORDED},
    Act.AMEND: {_S.RECORDED: _S.RECORDED},
}


def after(act: Act, status: MeetingStatus) -> MeetingStatus | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: MeetingStatus) -> list[Act]:
    return [act for act, transitions in TRANSITIONS.items() if status in transitions]


def times_refusal(starts_at: datetime, ends_at: datetime, now: datetime) -> FieldError | None:
    if not now - EARLIEST <= starts_at <= now + LATEST:
        return FieldError(
            "/starts_at", "out_of_range", "A meeting starts at most a week back or a year ahead."
        )
    if not starts_at < ends_at <= starts_at + LONGEST:
        said = "A meeting ends after it starts, within a day."
        return FieldError("/ends_at", "out_of_range", said)
    return None


def strategy_refusal(
    kind: MeetingKind, strategy_on: date | None, starts_at: datetime, today: date
) -> FieldError | None:
    """An initial conference may say when its strategy discussion was."""
    pointer = "/strategy_discussion_on"
    if strategy_on is None:
        return None
    if kind is not MeetingKind.INITIAL_CONFERENCE:
        said = "An initial conference says so, and it alone."
        return FieldError(pointer, "not_of_this_kind", said)
    if strategy_on > min(today, london_date(starts_at)):
        said = "It was before the conference, and is not to come."
        return FieldError(pointer, "out_of_range", said)
    return None


@dataclass(frozen=True)
class Sitting:
    """A meeting that was or is to be held, as far as timings ask."""

    id: UUID
    kind: str
    starts_at: datetime

    @property
    def day(self) -> date:
        return london_date(self.starts_at)

    @property
    def place(self) -> tuple[datetime, UUID]:
        return self.starts_at, self.id


class Timing(NamedTuple):
    due_by: date
    counted_from: date
    counted_from_meeting_id: UUID | None
    late: bool
    words: str


class Term(NamedTuple):
    """How long after what it counts from a meeting is to be held."""

    ends: Callable[[date], date]
    words: str


TIMED = frozenset(
    {
        MeetingKind.STRATEGY_DISCUSSION,
        MeetingKind.INITIAL_CONFERENCE,
        MeetingKind.CORE_GROUP,
        MeetingKind.REVIEW_CONFERENCE,
    }
)
CONFERENCE = Term(
    lambda day: add_working_days(day, 15),
    "An initial child protection conference is held within 15 working days of the strategy "
    "discussion.",
)
CORE_GROUP = Term(
    lambda day: add_working_days(day, 10),
    "The first core group meets within 10 working days of the initial conference.",
)
FIRST_REVIEW = Term(
    lambda day: add_months(day, 3),
    "The first review conference is held within three months of the initial conference.",
)
LATER_REVIEW = Term(
    lambda day: add_months(day, 6),
    "A further review conference is held within six months of the review before.",
)
LATE = " This meeting is later than that."


def timing(
    meeting: Sitting, strategy_on: date | None, readable: Iterable[Sitting]
) -> Timing | None:
    """By when a meeting is due, counted from the meetings before it that the reader knows of; null
    where nothing says so. Deadlines in days end with the last of so many working days after."""
    before = sorted(
        (each for each in readable if each.place < meeting.place), key=lambda each: each.place
    )
    if meeting.kind == MeetingKind.INITIAL_CONFERENCE:
        last = _last(before, MeetingKind.STRATEGY_DISCUSSION)
        if last is None and strategy_on is not None:
            return _due(meeting, CONFERENCE, strategy_on, None)
        return _after(meeting, CONFERENCE, last)
    if meeting.kind == MeetingKind.CORE_GROUP:
        last = _last(before, MeetingKind.INITIAL_CONFERENCE, MeetingKind.CORE_GROUP)
        first = last is not None and last.kind == MeetingKind.INITIAL_CONFERENCE
        return _after(meeting, CORE_GROUP, last) if first else None
    if meeting.kind == MeetingKind.REVIEW_CONFERENCE:
        last = _last(before, MeetingKind.INITIAL_CONFERENCE, MeetingKind.REVIEW_CONFERENCE)
        first = last is not None and last.kind == MeetingKind.INITIAL_CONFERENCE
        return _after(meeting, FIRST_REVIEW if first else LATER_REVIEW, last)
    return None


def _last(before: list[Sitting], *kinds: MeetingKind) -> Sitting | None:
    return next((each for each in reversed(before) if each.kind in kinds), None)


def _after(meeting: Sitting, term: Term, last: Sitting | None) -> Timing | None:
    return None if last is None else _due(meeting, term, last.day, last.id)


def _due(meeting: Sitting, term: Term, day: date, meeting_id: UUID | None) -> Timing:
    due_by = term.ends(day)
    late = meeting.day > due_by
    return Timing(due_by, day, meeting_id, late, term.words + (LATE if late else ""))
