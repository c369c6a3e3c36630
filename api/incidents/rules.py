"""Pure decisions about incidents: what contradicts itself, what is missing, and by when."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.foundation.calendar import add_working_days, end_of_day, london_date


class IncidentStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ENTERED_IN_ERROR = "entered_in_error"


class Act(StrEnum):
    CORRECT = "correct"
    SHARE = "share"
    DECIDE = "decide"
    CLOSE = "close"
    ENTER_IN_ERROR = "enter_in_error"


class BehavedKind(StrEnum):
    """Who or what behaved so."""

    MEMBER = "member"
    OTHER_PERSON = "other_person"
    ANIMAL = "animal"


# The state machine, whole: what each act makes of each status it is legal in.
TRANSITIONS: dict[Act, dict[IncidentStatus, IncidentStatus]] = {
    Act.CORRECT: {
        IncidentStatus.OPEN: IncidentStatus.OPEN,
        IncidentStatus.CLOSED: IncidentStatus.CLOSED,
    },
    Act.SHARE: {
        IncidentStatus.OPEN: IncidentStatus.OPEN,
        IncidentStatus.CLOSED: IncidentStatus.CLOSED,
    },
    Act.DECIDE: {
        IncidentStatus.OPEN: IncidentStatus.OPEN,
        IncidentStatus.CLOSED: IncidentStatus.CLOSED,
    },
    Act.CLOSE: {IncidentStatus.OPEN: IncidentStatus.CLOSED},
    Act.ENTER_IN_ERROR: dict.fromkeys(
        (IncidentStatus.OPEN, IncidentStatus.CLOSED), IncidentStatus.ENTERED_IN_ERROR
    ),
}

CLOCK_SKEW = timedelta(minutes=5)  # a case system's clock may be ahead of ours
URGENT_BEHAVIOURS = frozenset({"physical_violence", "throwing_things", "animals_as_threat"})


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


def after(act: Act, status: IncidentStatus) -> IncidentStatus | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: IncidentStatus) -> list[Act]:
    return [act for act in Act if status in TRANSITIONS[act]]


def is_late(occurred_at: datetime, recorded_at: datetime, hours: int) -> bool:
    """A late entry is marked: memory fades, and others may have visited meanwhile."""
    return recorded_at - occurred_at > timedelta(hours=hours)


def is_urgent(behaviours: Collection[Mapping[str, Any]], types: Collection[str]) -> bool:
    """Whether news of it travels in the urgent lane: of the behaviour, never of the distress."""
    return "violence" in types or any(each["code"] in URGENT_BEHAVIOURS for each in behaviours)


def contradiction(said: Mapping[str, Any], now: datetime) -> tuple[str, str, str] | None:
    """The pointer, code and reason why an incident cannot be as it is told, or None."""
    return _impossible_time(said, now) or _impossible_behaviour(said)


def _impossible_time(said: Mapping[str, Any], now: datetime) -> tuple[str, str, str] | None:
    begun, latest = said["occurred_at"], now + CLOCK_SKEW
    if begun > latest:
        return "/occurred_at", "out_of_range", "An incident has happened already."
    for name in ("left_at", "manager_told_at"):
        moment = said.get(name)
        if moment is not None and not begun <= moment <= latest:
            return f"/{name}", "out_of_range", "Lies between the incident and now."
    held_on = (said.get("debrief") or {}).get("held_on")
    if held_on is not None and not london_date(begun) <= held_on <= london_date(now):
        return "/debrief/held_on", "out_of_range", "Lies between the day of the incident and today."
    if said.get("left_at") is not None and said.get("place") in NOT_IN_PERSON:
        return "/left_at", "contradiction", "Nobody leaves a call or a message."
    return None


def _impossible_behaviour(said: Mapping[str, Any]) -> tuple[str, str, str] | None:
    types, behaviours = set(said["uncooperativeness_types"]), said["behaviours"]
    if not behaviours and "violence" in types:
        return "/behaviours", "missing", "Violence names at least one behaviour (§2, §6)."
    if not behaviours and types == {"ambivalence"}:
        return (
            "/uncooperativeness_types",
            "not_an_incident",
            "Ambivalence alone is no hostility: record how the family engages instead (§2).",
        )
    if not behaviours and said.get("what_happened") is None:
        return "/behaviours", "missing", "Say what happened: a behaviour, or in words."
    if not behaviours and said["hate_elements"]:
        return "/hate_elements", "contradiction", "A hate element is one of a behaviour (§6)."
    if len(said["circumstances"]) > 1 and "none_specific" in said["circumstances"]:
        return "/circumstances", "contradiction", "`none_specific` stands alone."
    return None


def due_at(due: Due, recorded_at: datetime, *, hours: int, working_days: int) -> datetime:
    """Hours after it was recorded; follow-up by the close of a working day in London."""
    if due is Due.SOON:
        return recorded_at + timedelta(hours=hours)
    return end_of_day(add_working_days(london_date(recorded_at), working_days))


def missing(said: Mapping[str, Any]) -> dict[str, Due]:
    """The expected parts that an incident does not say yet."""
    return {
        part: due
        for part, due in EXPECTED.items()
        if said.get(part) is None and not (part == "left_at" and said.get("place") in NOT_IN_PERSON)
    }


def rewritten(before: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
    """Whether something is said otherwise than before, and not only added."""
    return any(before.get(part) and before[part] != value for part, value in named.items())
