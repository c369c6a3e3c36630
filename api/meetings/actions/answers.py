"""What actions answer to `families`, which asks when an agency leaves or is ended."""

from uuid import UUID

from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork
from api.meetings.actions import queries, service


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    owned = await queries.owned_open(work, family_id)
    return [Duty(type="action", id=action_id) for action_id in owned]


ports.pass_to_lead.append(service.pass_to_lead)
ports.duties_of.append(_duties)
