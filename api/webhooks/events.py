"""What an agency is told of its own subscriptions."""

from api.journal.event_types import Entitlement, Resource, declare, never, register

register(Resource("subscription", "/v1/webhooks", never))

CREATED = declare(
    "webhook.created", "subscription", Entitlement.OWN, "A subscription of the agency was created."
)
ACTIVATED = declare(
    "webhook.activated",
    "subscription",
    Entitlement.OWN,
    "The receiver answered the challenge: deliveries begin.",
)
REVOKED = declare(
    "webhook.revoked", "subscription", Entitlement.OWN, "A subscription of the agency was revoked."
)
DEGRADED = declare(
    "webhook.degraded",
    "subscription",
    Entitlement.OWN,
    "The receiver fails: only a probe is sent from time to time, everything else waits.",
)
RECOVERED = declare(
    "webhook.recovered",
    "subscription",
    Entitlement.OWN,
    "The receiver takes messages again, as many at once as before.",
)
HELD = declare(
    "webhook.held",
    "subscription",
    Entitlement.OWN,
    "Nothing is sent until somebody resumes the subscription; everything waits.",
)
RESUMED = declare(
    "webhook.resumed", "subscription", Entitlement.OWN, "The subscription is tried again."
)
UNDELIVERABLE = declare(
    "webhook.undeliverable",
    "subscription",
    Entitlement.OWN,
    "The attempts of a message are exhausted: it is listed, and can be sent again.",
)
KEYS_ROTATED = declare(
    "webhook.keys_rotated",
    "subscription",
    Entitlement.OWN,
    "The subscription signs with new keys, and for a time with those before beside them.",
)
REPLAYED = declare(
    "webhook.replayed",
    "subscription",
    Entitlement.OWN,
    "A replay has queued everything that it was asked to send again.",
)
URL_CHANGE_PROPOSED = declare(
    "webhook.url_change_proposed",
    "subscription",
    Entitlement.OWN,
    "An administrator proposes another address for a subscription; another one decides.",
)
URL_CHANGED = declare(
    "webhook.url_changed",
    "subscription",
    Entitlement.OWN,
    "Two administrators have given the subscription another address: it is to be verified.",
)
URL_CHANGE_REFUSED = declare(
    "webhook.url_change_refused",
    "subscription",
    Entitlement.OWN,
    "Another administrator has refused another address for a subscription.",
)
# Messages about the subscription itself, which have no position and are no events.
VERIFICATION = "webhook.verification"
TEST = "webhook.test"
HEARTBEAT = "webhook.heartbeat"
MOVED = "webhook.moved"
