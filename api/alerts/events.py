"""What happens to an alert, as its audience is told."""

from api.journal.event_types import Entitlement, declare

READABLE, RECEIPT = Entitlement.READABLE, Entitlement.RECEIPT

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
    "To the owner: nobody has ratified the alert yet. Sent after 24 and 48 hours.",
)
ACKNOWLEDGED = declare(
    "alert.acknowledged",
    "alert",
    READABLE,
    "To the owner: an agency has taken note, through a named practitioner.",
)
WITHDRAWN = declare(
    "alert.withdrawn",
    "alert",
    RECEIPT,
    "The alert was withdrawn. Reaches every agency it was ever told to.",
)
LAPSED = declare(
    "alert.lapsed",
    "alert",
    RECEIPT,
    "The alert lapsed: it was not ratified in time, or it expired. Reaches every agency it was "
    "ever told to.",
)
HANDED_OVER = declare(
    "alert.handed_over", "alert", READABLE, "Another involved agency answers for the alert now."
)
