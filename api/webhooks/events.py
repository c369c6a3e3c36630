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
VERIFICATION = "webhook.verification"
