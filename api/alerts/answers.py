"""What alerts answer to `families`, which asks when an agency joins, leaves or is ended."""

from uuid import UUID

from api.alerts import queries, service
from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    owned = await queries.owned_live_alerts(work, family_id)
    return [Duty(type="alert", id=alert_id) for alert_id in owned]


ports.tell_joiner.append(service.tell_joiner)
ports.pass_to_lead.append(service.pass_to_lead)
ports.duties_of.append(_duties)
ports.moved.append(service.ask_to_confirm)
