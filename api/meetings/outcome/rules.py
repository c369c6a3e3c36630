"""Pure decisions about outcomes."""

from enum import StrEnum


class AlertDecision(StrEnum):
    """What a meeting decides about an alert; of another agency's, that it is to think again."""

    PUBLISHED = "published"
    KEPT = "kept"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RECONSIDER = "reconsider"


class Answer(StrEnum):
    """What an agency says to the record."""

    CONFIRMED = "confirmed"
    CORRECTION_ASKED = "correction_asked"


class ResponseStatus(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    DECLINED = "declined"
