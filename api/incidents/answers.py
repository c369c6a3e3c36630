"""What incidents answer to `families`, which asks when an agency leaves, and to `alerts`, whose
grounds name incidents."""

from uuid import UUID

from api.alerts import ports as alerts
from api.families import ports as families
from api.families.ports import Duty
from api.incidents import queries
from api.journal.unit_of_work import UnitOfWork


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    waiting = await queries.own_open_incidents(work, family_id)
    return [Duty(type="incident", id=incident_id) for incident_id in waiting]


families.duties_of.append(_duties)
alerts.readable_incidents.append(queries.readable_incidents)
