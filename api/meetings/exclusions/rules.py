"""What becomes of a request to keep somebody of the family out of a meeting."""

from enum import StrEnum


class ExclusionStatus(StrEnum):
    REQUESTED = "requested"
    EXCLUDED = "excluded"
    EXCLUDED_IN_PART = "excluded_in_part"
    REFUSED = "refused"


class ExclusionOutcome(StrEnum):
    """What the chair decides."""

    EXCLUDED = "excluded"
    EXCLUDED_IN_PART = "excluded_in_part"
    REFUSED = "refused"


EXCLUDING = frozenset({ExclusionStatus.EXCLUDED, ExclusionStatus.EXCLUDED_IN_PART})
