"""Pure decisions about sharing."""

from enum import StrEnum


class Outcome(StrEnum):
    UNDECIDED = "undecided"
    SHARED = "shared"
    NOT_SHARED = "not_shared"


class How(StrEnum):
    """What an agency is given: the incident itself, or an alert that it reads."""

    INCIDENT = "incident"
    ALERT = "alert"


def change_refusal(before: Outcome, after: Outcome) -> str | None:
    """Why a decision may not be changed so, or None. What an agency has read stays shared."""
    if before is Outcome.SHARED and after is Outcome.NOT_SHARED:
        return (
            "What was shared cannot be unshared; correct the incident, or take it back as an error."
        )
    return None
