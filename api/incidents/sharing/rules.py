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


def change_refusal(
    before: Outcome, how_before: str | None, after: Outcome, how: str | None
) -> str | None:
    """Why a decision may not be changed so, or None. What an agency has read stays shared."""
    if how_before == How.INCIDENT and how != How.INCIDENT:
        return "An agency that was given the incident keeps it: correct it, or take it back."
    if before is Outcome.SHARED and after is Outcome.NOT_SHARED:
        return "What was shared is not unshared; withdraw the alert if there is no need for it."
    return None
