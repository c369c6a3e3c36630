"""What an agency is told of its own credentials, so that none appears unnoticed."""

from api.journal.event_types import Entitlement, Resource, declare, never, register

register(Resource("agency", "/v1/agencies", never))
register(Resource("client", None, never))

CLIENT_CREATED = declare(
    "agency.client_created",
    "client",
    Entitlement.OWN,
    "A client of the agency was created, by its own administrator or by the operator.",
)
CLIENT_SECRET_ROTATED = declare(
    "agency.client_secret_rotated",
    "client",
    Entitlement.OWN,
    "A client of the agency got a new secret.",
)
CLIENT_REVOKED = declare(
    "agency.client_revoked", "client", Entitlement.OWN, "A client of the agency was revoked."
)
KEY_REGISTERED = declare(
    "agency.key_registered", "agency", Entitlement.OWN, "A public key of the agency was registered."
)
KEY_REVOKED = declare(
    "agency.key_revoked", "agency", Entitlement.OWN, "A public key of the agency was revoked."
)
UPDATED = declare(
    "agency.updated", "agency", Entitlement.OWN, "The agency's own details were changed."
)
SUSPENDED = declare(
    "agency.suspended", "agency", Entitlement.OWN, "The operator suspended the agency."
)
REACTIVATED = declare(
    "agency.reactivated", "agency", Entitlement.OWN, "The operator lifted the suspension."
)
