"""Pure decisions about challenges: their states, and who may answer one."""

from collections.abc import Collection
from enum import StrEnum

from api.access.actor import Named


class ChallengeStatus(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    APPEALED = "appealed"
    CLOSED = "closed"


Status = ChallengeStatus  # within this domain


class ChallengeOutcome(StrEnum):
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    DISMISSED = "dismissed"


class Act(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"


# The alert is disputed while one of its challenges is open.
OPEN = frozenset({Status.RECEIVED, Status.ACKNOWLEDGED, Status.APPEALED})

TRANSITIONS: dict[Act, dict[Status, Status]] = {
    Act.ACKNOWLEDGE: {Status.RECEIVED: Status.ACKNOWLEDGED},
    Act.ANSWER: {Status.RECEIVED: Status.ANSWERED, Status.ACKNOWLEDGED: Status.ANSWERED},
    Act.APPEAL: {Status.ANSWERED: Status.APPEALED},
    Act.DECIDE_APPEAL: {Status.APPEALED: Status.CLOSED},
}


def after(act: Act, status: Status) -> Status | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: Status) -> list[Act]:
    return [act for act in Act if status in TRANSITIONS[act]]


def answer_refusal(person: Named, parties: Collection[Named]) -> str | None:
    """Why this person may not decide, or None. `parties`: the alert's author, who recorded the
    challenge, and of an appeal who gave the answer that is appealed, and who appeals."""
    if any(person.is_same_as(each) for each in parties):
        return "Whoever wrote the alert, the challenge, an answer or an appeal does not decide it."
    return None
