"""What is due to the subject, and plain words for the letter. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.alerts.rules import LIVE, Notification
from api.code_lists import lists
from api.foundation.calendar import add_months

# UK GDPR articles 15, 16, 18 and 21; Data (Use and Access) Act 2025, complaints.
RIGHTS = (
    "You may ask to see what is recorded about you.",
    "You may say that it is wrong: it is then marked as disputed and looked at by somebody who "
    "did not write it. You will hear within 30 days that this has begun.",
    "If you disagree with the answer, you may ask for another person to decide.",
    "You may complain to the Information Commissioner.",
)


NOT_DUE = "not_due"


def notification_shown(status: str, notification: str) -> str:
    """The owner has nothing more to tell of an alert that ended before its subject knew."""
    ended = status not in LIVE
    return NOT_DUE if ended and notification == Notification.DUE else notification


def latest_look_again(review_due: date, today: date) -> date:
    """Not later than the review; a month ahead once that is due."""
    return review_due if review_due > today else add_months(today, 1)


def behaviour_words(behaviour: Mapping[str, Any]) -> str:
    label = lists.THREATENING_BEHAVIOURS.label(behaviour["code"])
    return f"{label} ({behaviour['manner']})"
