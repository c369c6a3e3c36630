"""What plans answer to `families`, which asks when an agency joins, leaves or is ended."""

from uuid import UUID

from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork
from api.plans import queries, service


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    found = await queries.current_plans(work, family_id)
    return [Duty(type="plan", id=each.id) for each in found if each.agency_id == work.agency_id]


ports.tell_joiner.append(service.tell_joiner)
ports.pass_to_lead.append(service.pass_to_lead)
ports.duties_of.append(_duties)
