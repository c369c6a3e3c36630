"""What happens to a written agreement, as every involved agency is told."""

from api.journal.event_types import Entitlement, declare

READABLE = Entitlement.READABLE

DRAFTED = declare(
    "agreement.drafted", "agreement", READABLE, "A written agreement with the family was drawn up."
)
SHARED = declare(
    "agreement.shared",
    "agreement",
    READABLE,
    "A written agreement reaches this agency, which has just become involved.",
)
CHANGED = declare(
    "agreement.changed",
    "agreement",
    READABLE,
    "What the agreement says has changed: it is to be given and signed anew.",
)
GIVEN = declare("agreement.given", "agreement", READABLE, "The agreement was given to the family.")
SIGNED = declare(
    "agreement.signed",
    "agreement",
    READABLE,
    "Somebody of the family has signed the agreement. It is in force.",
)
REFUSED = declare(
    "agreement.refused",
    "agreement",
    READABLE,
    "Somebody of the family does not sign the agreement.",
)
REVIEWED = declare(
    "agreement.reviewed",
    "agreement",
    READABLE,
    "The agreement was reviewed: it goes on, is changed, or ends.",
)
REPLACED = declare(
    "agreement.replaced", "agreement", READABLE, "Another agreement has taken its place."
)
ENDED = declare("agreement.ended", "agreement", READABLE, "The agreement has ended.")
HANDED_OVER = declare(
    "agreement.handed_over",
    "agreement",
    READABLE,
    "Another involved agency answers for the agreement now.",
)
BREACHED = declare(
    "agreement.breached", "agreement", READABLE, "Something that was agreed was not kept."
)
REVIEW_DUE = declare(
    "agreement.review_due",
    "agreement",
    READABLE,
    "To the owner: the review of the agreement is due within two weeks.",
)
REVIEW_OVERDUE = declare(
    "agreement.review_overdue",
    "agreement",
    READABLE,
    "To the owner: nobody has reviewed the agreement in time. It stands, and shows so.",
)
