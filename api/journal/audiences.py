"""Who is told of an event: the read rule of its resource, asked in the other direction."""

from functools import cache
from uuid import UUID

from sqlalchemy import Executable, Uuid, bindparam, column, func, select, table, union
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation import statements
from api.journal.event_types import RESOURCES, Entitlement, EventType

# The table of a domain above the journal, by its name and key alone.
_AGENCY_ID = table("agencies", column("id", Uuid)).c.id
_RESOURCE_ID = bindparam("resource", type_=Uuid())


async def recipients_of(
    session: AsyncSession, event_type: EventType, resource_id: UUID
) -> frozenset[UUID]:
    """All agencies that may read the resource now and, of a receipt, all that were ever told. One
    that is to be acknowledged reaches also who was never told and once read: by break-glass."""
    if event_type.entitlement is Entitlement.OWN:
        raise ValueError(f"{event_type.name} is addressed by name")
    if session.new or session.dirty or session.deleted:
        await session.flush()  # who was named a moment ago is asked for too
    query = _recipients(event_type)
    found = await statements.run(await session.connection(), query, {"resource": resource_id})
    return frozenset(row[0] for row in found)


@cache
def _recipients(event_type: EventType) -> Executable:
    readable = RESOURCES[event_type.resource].readable
    readers = select(_AGENCY_ID).where(readable(_AGENCY_ID, _RESOURCE_ID))
    if event_type.entitlement is not Entitlement.RECEIPT:
        return readers
    door = func.once_told if event_type.receipt else func.once_addressed
    return union(readers, select(door(_RESOURCE_ID, type_=Uuid).column_valued("agency_id")))
