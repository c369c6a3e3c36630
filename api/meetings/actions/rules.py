"""Pure decisions about actions: kinds and states."""

from datetime import date
from enum import StrEnum


class ActionKind(StrEnum):
    TASK = "task"
    JOINT_VISIT = "joint_visit"
    DEBRIEF = "debrief"
    RECONSIDER_ALERT = "reconsider_alert"


class ActionStatus(StrEnum):
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class ActionAct(StrEnum):
    ASSIGN = "assign"
    ACCEPT = "accept"
    COMPLETE = "complete"
    DECLINE = "decline"
    REASSIGN = "reassign"
    CANCEL = "cancel"


# Those that their owner has yet to do, and those that somebody has.
OPEN = frozenset({ActionStatus.ASSIGNED, ActionStatus.ACCEPTED})
UNFINISHED = OPEN | {ActionStatus.DECLINED}
# Those that other agencies join.
JOINED = frozenset({ActionKind.JOINT_VISIT, ActionKind.DEBRIEF})

_S = ActionStatus
# The state machine, whole. A meeting assigns; the owner accepts, completes or declines; the chair
# assigns anew or cancels. Accepted again, somebody else of the owner's does it.
TRANSITIONS: dict[ActionAct, dict[ActionStatus, ActionStatus]] = {
    ActionAct.ACCEPT: {_S.ASSIGNED: _S.ACCEPTED, _S.ACCEPTED: _S.ACCEPTED},
    ActionAct.COMPLETE: {_S.ASSIGNED: _S.DONE, _S.ACCEPTED: _S.DONE},
    ActionAct.DECLINE: {_S.ASSIGNED: _S.DECLINED, _S.ACCEPTED: _S.DECLINED},
    ActionAct.REASSIGN: dict.fromkeys((_S.ASSIGNED, _S.ACCEPTED, _S.DECLINED), _S.ASSIGNED),
    ActionAct.CANCEL: dict.fromkeys((_S.ASSIGNED, _S.ACCEPTED, _S.DECLINED), _S.CANCELLED),
}


def after(act: ActionAct, status: ActionStatus) -> ActionStatus | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: ActionStatus) -> list[ActionAct]:
    return [act for act, transitions in TRANSITIONS.items() if status in transitions]


def is_overdue(status: str, due_on: date, today: date) -> bool:
    """Nobody has done it by then: also what went back to the chair. A date ends at the close of
    that day."""
    return status in UNFINISHED and today > due_on
