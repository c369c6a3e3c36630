"""Reads of the inbox."""

from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, text

from api.journal.event_types import readable_now
from api.journal.models import Inbox, InboxCounter, Instance
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork

_COLUMNS = (
    Inbox.position, Inbox.event_id, Inbox.type, Inbox.priority, Inbox.occurred_at,
    Inbox.family_id, Inbox.resource_type, Inbox.resource_id, Inbox.resource_version,
)  # fmt: skip


async def epoch_of(runtime: Runtime) -> UUID:
    """The epoch of this database: read once, since only a restore changes it."""
    if runtime.epoch is None:
        async with runtime.database.session() as session:
            runtime.epoch = (await session.scalars(select(Instance.epoch))).one()
    return runtime.epoch


async def page(work: UnitOfWork, after: int, limit: int) -> list[Any]:
    """What follows a position, each row with whether it may be read now."""
    readable = readable_now(
        literal(work.agency_id), Inbox.type, Inbox.resource_type, Inbox.resource_id
    )
    query = (
        select(*_COLUMNS, readable.label("readable"))
        .where(Inbox.agency_id == work.agency_id, Inbox.position > after)
        .order_by(Inbox.position)
        .limit(limit)
    )
    return list(await work.session.execute(query))


async def last_position(runtime: Runtime, agency_id: UUID) -> int:
    """Where an agency's inbox ends now; 0 for who may see none."""
    async with runtime.database.session() as session:
        await session.execute(
            text("SELECT set_config('doorstep.agency', :agency, true)"),
            {"agency": str(agency_id)},
        )
        found = await session.scalar(
            select(InboxCounter.last_position).where(InboxCounter.agency_id == agency_id)
        )
    return found or 0
