"""Pure decisions about incidents: what contradicts itself, what is missing, and by when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.foundation.calendar import add_working_days, end_of_day, london_date


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ENTERED_IN_ERROR = "entered_in_error"


class Act(StrEnum):
    CORRECT = "correct"
    DECIDE = "decide"
    CLOSE = "close"
    ENTER_IN_ERROR = "enter_in_error"


class BehavedKind(StrEnum):
    """Who or what behaved so."""

    MEMBER = "member"
    OTHER_PERSON = "other_person"
    ANIMAL = "animal"


# The state machine, whole: what each act makes of each status it is legal in.
TRANSITIONS: dict[Act, dict[Status, Status]] = {
    Act.CORRECT: {Status.OPEN: Status.OPEN, Status.CLOSED: Status.CLOSED},
    Act.DECIDE: {Status.OPEN: Status.OPEN, Status.CLOSED: Status.CLOSED},
    Act.CLOSE: {Status.OPEN: Status.CLOSED},
    Act.ENTER_IN_ERROR: dict.fromkeys((Status.OPEN, Status.CLOSED), Status.ENTERED_IN_ERROR),
}

URGENT_BEHAVIOURS = frozenset({"physical_violence", "throwing_things", "animals_as_threat"})


@dataclass(frozen=True)
class Deadlines:
    """What the partnership has agreed on, of `api.deadlines`."""

    complete_hours: int
    follow_up_working_days: int
    late_entry_hours: int


class Due(StrEnum):
    """When a part is due: while memory is fresh, or once there was time to follow it up."""

    SOON = "soon"
    FOLLOW_UP = "follow_up"


# What an incident should say beyond the least that records it, by the section that asks for it.
EXPECTED: dict[str, Due] = {
    "place": Due.SOON,
    "what_happened": Due.SOON,  # §7
    "child": Due.SOON,  # §3
    "manager_told_at": Due.SOON,  # §7: at once
    "left_at": Due.SOON,  # §7: stay or leave without delay
    "scope": Due.FOLLOW_UP,  # §4
    "police": Due.FOLLOW_UP,  # §8
    "injury": Due.FOLLOW_UP,  # §8
    "debrief": Due.FOLLOW_UP,  # §4, §8
    "cause": Due.FOLLOW_UP,  # §8
    "making_sense": Due.FOLLOW_UP,  # §6
    "decision": Due.FOLLOW_UP,  # §7: the manager's
}
# A message or a call is not left.
NOT_IN_PERSON = frozenset({"telephone", "message", "social_media"})


@dataclass(frozen=True)
class Missing:
    part: str
    due_at: datetime


def after(act: Act, status: Status) -> Status | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: Status) -> list[Act]:
    return [act for act in Act if status in TRANSITIONS[act]]


def is_late(occurred_at: datetime, recorded_at: datetime, hours: int) -> bool:
    """A late entry is marked: memory fades, and others may have visited meanwhile."""
    return recorded_at - occurred_at > timedelta(hours=hours)


def is_urgent(behaviours: Collection[Mapping[str, Any]], types: Collection[str]) -> bool:
    """Whether news of it travels in the urgent lane: of the behaviour, never of the distress."""
    return "violence" in types or any(each["code"] in URGENT_BEHAVIOURS for each in behaviours)


def due_at(due: Due, recorded_at: datetime, deadlines: Deadlines) -> datetime:
    """Follow-up ends at the close of a working day in London."""
    if due is Due.SOON:
        return recorded_at + timedelta(hours=deadlines.complete_hours)
    day = add_working_days(london_date(recorded_at), deadlines.follow_up_working_days)
    return end_of_day(day)


def outstanding(
    said: Mapping[str, Any], recorded_at: datetime, deadlines: Deadlines
) -> list[Missing]:
    """The expected parts that an incident does not say yet, those due first ahead."""
    expected = dict(EXPECTED)
    if said.get("place") in NOT_IN_PERSON:
        del expected["left_at"]
    missing = [
        Missing(part, due_at(due, recorded_at, deadlines))
        for part, due in expected.items()
        if said.get(part) is None
    ]
    return sorted(missing, key=lambda each: each.due_at)
