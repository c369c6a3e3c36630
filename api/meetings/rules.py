"""Pure decisions about meetings: their states."""

from enum import StrEnum


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
