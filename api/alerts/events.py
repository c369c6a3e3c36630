"""What happens to an alert, as its audience is told."""

from api.alerts import rules
from api.journal.event_types import Entitlement, Receipt, declare
from api.journal.priorities import Priority

READABLE, RECEIPT = Entitlement.READABLE, Entitlement.RECEIPT
_RECALLED = Receipt("alert.recalled", "/v1/recalls")


def priority_of(severity: str) -> Priority:
    """The lane in which news of an alert travels."""
    return Priority.URGENT if severity in rules.URGENT else Priority.ROUTINE


PUBLISHED = declare(
    "alert.published", "alert", READABLE, "An alert was published. It is in force at once."
)
SHARED = declare(
    "alert.shared",
    "alert",
    READABLE,
    "A live alert reaches this agency, which has just become involved.",
)
RATIFIED = declare(
    "alert.ratified", "alert", READABLE, "A manager ratified the alert. Its content is the same."
)
RATIFICATION_DUE = declare(
    "alert.ratification_due",
    "alert",
    READABLE,
    "To the owner: nobody has ratified the alert yet. Sent after a third and two thirds of the "
    "time.",
)
REVIEW_BEGUN = declare(
    "alert.review_begun", "alert", READABLE, "A manager has begun to review the alert."
)
RENEWED = declare(
    "alert.renewed", "alert", READABLE, "A review found that the alert is still needed."
)
REVIEW_DUE = declare(
    "alert.review_due", "alert", READABLE, "To the owner: the review is due within two weeks."
)
REVIEW_OVERDUE = declare(
    "alert.review_overdue",
    "alert",
    READABLE,
    "Nobody has reviewed the alert in time. It goes on protecting, and shows so.",
)
EXPIRING = declare(
    "alert.expiring",
    "alert",
    READABLE,
    "The alert lapses soon unless a review renews it. Sent 30 and 7 days ahead.",
)
ACKNOWLEDGED = declare(
    "alert.acknowledged",
    "alert",
    READABLE,
    "To the owner: an agency has taken note, through a named practitioner.",
)
UNACKNOWLEDGED = declare(
    "alert.unacknowledged",
    "alert",
    READABLE,
    "To an agency that has not taken note of an alert in time, and to the owner.",
)
UNDELIVERED = declare(
    "alert.undelivered",
    "alert",
    READABLE,
    "To the owner: a minute after an urgent alert, an agency has not been told. The alert's "
    "audience says which.",
)
UNDELIVERABLE = declare(
    "alert.undeliverable",
    "alert",
    READABLE,
    "To the owner: sending the alert to an agency was given up, and it has not been told "
    "otherwise. The alert's audience says which.",
)
HANDED_OVER = declare(
    "alert.handed_over", "alert", READABLE, "Another involved agency answers for the alert now."
)
NOTIFICATION_CHANGED = declare(
    "alert.notification_changed",
    "alert",
    READABLE,
    "The subject was told of the alert, or is not to be told for now.",
)
NOTIFICATION_DUE = declare(
    "alert.notification_due",
    "alert",
    READABLE,
    "To the owner: tell the subject, or look again at why not.",
)
DISPUTED = declare("alert.disputed", "alert", READABLE, "The alert is challenged, and shows so.")
DISPUTE_ENDED = declare(
    "alert.dispute_ended", "alert", READABLE, "Every challenge of the alert is answered."
)
CONFIRMATION_DUE = declare(
    "alert.confirmation_due",
    "alert",
    READABLE,
    "The family has moved since: an alert on premises must be confirmed again, and shows so.",
)
CONFIRMED = declare(
    "alert.confirmed", "alert", READABLE, "An alert on premises holds also after the move."
)
ORIGIN_RECALLED = declare(
    "alert.origin_recalled",
    "alert",
    READABLE,
    "To the owner of an extension: the alert it was made of was recalled. Reconsider it.",
)
LAPSED = declare(
    "alert.lapsed",
    "alert",
    RECEIPT,
    "The alert lapsed: it was not ratified in time, or it expired. Reaches every agency it was "
    "ever told to.",
)
WITHDRAWN = declare(
    "alert.withdrawn",
    "alert",
    RECEIPT,
    "The alert was withdrawn. Reaches every agency that was ever told or ever read it, until it "
    "acknowledges.",
    receipt=_RECALLED,
)
SUPERSEDED = declare(
    "alert.superseded",
    "alert",
    RECEIPT,
    "A ratified alert has taken the place of this one. Reaches whom a withdrawal reaches.",
    receipt=_RECALLED,
)
ENTERED_IN_ERROR = declare(
    "alert.entered_in_error",
    "alert",
    RECEIPT,
    "There should never have been this alert. Reaches whom a withdrawal reaches.",
    receipt=_RECALLED,
)
RECALLED = declare(
    "alert.recalled",
    "alert",
    RECEIPT,
    "A recall that this agency has not acknowledged yet, again and again. And how any recall is "
    "put to an agency that may no longer read the alert: its id, and that it was recalled.",
    receipt=_RECALLED,
)
RECALL_ACKNOWLEDGED = declare(
    "alert.recall_acknowledged",
    "alert",
    READABLE,
    "To the owner: an agency has acknowledged the recall.",
)
RECALL_OUTSTANDING = declare(
    "alert.recall_outstanding",
    "alert",
    READABLE,
    "To the owner, or to the family's lead once the owner has left: an agency has not "
    "acknowledged the recall in time.",
)
