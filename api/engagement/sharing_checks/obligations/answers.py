"""What obligations to share answer to `families`, which asks when an agency leaves."""

from uuid import UUID

from api.engagement.sharing_checks.obligations import queries
from api.families import ports
from api.families.ports import Duty
from api.journal.unit_of_work import UnitOfWork


async def _duties(work: UnitOfWork, family_id: UUID) -> list[Duty]:
    """None where nobody would be told: what is owed to nobody ends with the involvement."""
    owed = await queries.owed_to(work, [family_id])
    if not owed[family_id]:
        return []
    still = await queries.open_obligations(work, family_id)
    return [Duty(type="sharing_obligation", id=each) for each in still]


ports.duties_of.append(_duties)
