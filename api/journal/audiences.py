"""Who is told of an event: the read rule of its resource, asked in the other direction."""

from uuid import UUID

from sqlalchemy import Uuid, column, func, select, table, union
from sqlalchemy.ext.asyncio import AsyncSession

from api.journal.event_types import RESOURCES, Entitlement, EventType

# The table of a domain above the journal, by its name and key alone.
_AGENCY_ID = table("agencies", column("id", Uuid)).c.id


async def recipients_of(
    session: AsyncSession, event_type: EventType, resource_id: UUID
) -> frozenset[UUID]:
    """All agencies that may read the resource now and, of a receipt, all that were ever told."""
    if event_type.entitlement is Entitlement.OWN:
        raise ValueError(f"{event_type.name} is addressed by name")
    readable = RESOURCES[event_type.resource].readable
    readers = select(_AGENCY_ID).where(readable(_AGENCY_ID, resource_id))
    if event_type.entitlement is Entitlement.RECEIPT:
        told = select(func.once_told(resource_id, type_=Uuid).column_valued("agency_id"))
        return frozenset(await session.scalars(union(readers, told)))
    return frozenset(await session.scalars(readers))
