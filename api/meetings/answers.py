"""What meetings answer to `families`, which asks when an agency joins, leaves or is ended."""

from uuid import UUID

from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork
from api.meetings import queries, service
from api.meetings.invitations.service import tell_joiner


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    """Once its chair's agency has left, nobody could hold or record a meeting, nor assign anew
    what an agency declines."""
    owed = await queries.answered_for(work, family_id)
    return [Duty(type="meeting", id=meeting_id) for meeting_id in owed]


ports.tell_joiner.append(tell_joiner)
ports.pass_to_lead.append(service.pass_to_lead)
ports.duties_of.append(_duties)
