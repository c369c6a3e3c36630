"""What happens to a family, as its involved agencies are told."""

from api.journal.event_types import Entitlement, declare

READABLE, OWN = Entitlement.READABLE, Entitlement.OWN

REGISTERED = declare("family.registered", "family", READABLE, "A shared record was registered.")
UPDATED = declare(
    "family.updated",
    "family",
    READABLE,
    "A member, an address or an identifier was added, or an address ended.",
)
AGENCY_JOINED = declare(
    "family.agency_joined",
    "family",
    READABLE,
    "Another agency is involved from now on. Its joining can be contested.",
)
AGENCY_LEFT = declare(
    "family.agency_left", "family", READABLE, "An agency's involvement has ended."
)
AGENCY_INVITED = declare(
    "family.agency_invited",
    "invitation",
    READABLE,
    "An agency was invited to join; the invitation is open for 7 days.",
)
LEAD_HANDED_OVER = declare(
    "family.lead_handed_over", "family", READABLE, "Another agency leads from now on."
)
INVOLVEMENT_CONTESTED = declare(
    "family.involvement_contested",
    "family",
    READABLE,
    "An agency's reason to be involved is doubted. Until it is decided, the involvement stands.",
)
CONTEST_DECIDED = declare(
    "family.contest_decided", "family", READABLE, "A contested involvement was decided upon."
)
INVOLVEMENT_ENDED = declare(
    "family.involvement_ended",
    "family",
    OWN,
    "The agency's own involvement was ended by the decision on a contest.",
)
POSSIBLE_LINK = declare(
    "family.possible_link",
    "family",
    READABLE,
    "To the lead: an adult of this family is on another family's record too.",
)
MERGE_PROPOSED = declare(
    "family.merge_proposed",
    "merge",
    READABLE,
    "To the leads of both records: they are said to be one family.",
)
MERGE_DECLINED = declare(
    "family.merge_declined",
    "merge",
    READABLE,
    "To the leads of both records: they stay two families.",
)
MERGED = declare(
    "family.merged",
    "family",
    READABLE,
    "This record and another are one family: one of them is merged into the other.",
)
MERGE_UNDONE = declare(
    "family.merge_undone",
    "family",
    READABLE,
    "This record and another are two families again, each with what was written on it.",
)
