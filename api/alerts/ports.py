"""What alerts asks of the domain above it, which registers itself here."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from api.journal.unit_of_work import UnitOfWork

readable_incidents: list[
    Callable[[UnitOfWork, Collection[UUID], UUID | None], Awaitable[set[UUID]]]
] = []
"""Which of these incidents the caller reads; on that family, where one is named."""


async def incidents_shown(
    work: UnitOfWork, incident_ids: Collection[UUID], family_id: UUID | None = None
) -> set[UUID]:
    """Those that the caller may know of, of the ids that grounds name."""
    shown: set[UUID] = set()
    for ask in readable_incidents if incident_ids else ():
        shown |= await ask(work, incident_ids, family_id)
    return shown
