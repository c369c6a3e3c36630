"""What agreements answer to `families`, which asks when an agency joins, leaves or is ended."""

from uuid import UUID

from api.agreements import queries, service
from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    """Also a draft: once its owner has left, nobody could change or end it."""
    owned = await queries.owned_open(work, family_id)
    return [Duty(type="agreement", id=agreement_id) for agreement_id in owned]


ports.tell_joiner.append(service.tell_joiner)
ports.pass_to_lead.append(service.pass_to_lead)
ports.duties_of.append(_duties)
