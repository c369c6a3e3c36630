"""Pure decisions about plans: kinds, states and reviews."""

from enum import StrEnum


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
