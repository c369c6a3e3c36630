"""What an agency is told of the reading of its own people."""

from api.journal.event_types import Entitlement, Resource, declare, never, register

register(Resource("practitioner", None, never))

READS_MANY = declare(
    "practitioner.reads_many",
    "practitioner",
    Entitlement.OWN,
    "A practitioner of the agency has read unusually many families in a short time.",
)
