"""What every agency is told of the audit."""

from api.journal.event_types import Entitlement, Resource, declare, never, register

register(Resource("checkpoint", "/v1/audit/checkpoints", never))

CHECKPOINT = declare(
    "audit.checkpoint",
    "checkpoint",
    Entitlement.OWN,
    "To every active agency, once a day: where the audit's hash chain stands, signed. Keep it.",
)
