"""Who may manage an agency: its own administrator, or the operator's."""

from uuid import UUID

from api.access.actor import Actor
from api.access.roles import Permission
from api.foundation.errors import Forbidden


def may_manage(actor: Actor, agency_id: UUID) -> bool:
    own = actor.agency_id == agency_id and actor.may(Permission.AGENCY_MANAGE)
    return own or actor.may(Permission.AGENCY_ENROL)


def check_manages(actor: Actor, agency_id: UUID) -> None:
    """Raises Forbidden: that an agency exists is no secret within the partnership."""
    if not may_manage(actor, agency_id):
        raise Forbidden("Only an agency's own administrator and the operator's manage it.")
