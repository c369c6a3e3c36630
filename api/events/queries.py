"""Reads of the inbox."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, literal_column, select, text

from api.foundation.paging import MAX_LIMIT
from api.journal.event_types import readable_now
from api.journal.models import Inbox, InboxCounter, Instance
from api.journal.runtime import Runtime
from api.journal.unit_of_work import CALLER, UnitOfWork

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
    return list(await work.fetch(_page(), after=after, rows=limit))


@cache
def _page() -> Select[*tuple[Any, ...]]:
    """Built when it is first needed: by then every domain has registered its resources.

    The rows are taken first, and as a number that PostgreSQL knows: else it looks up everything
    that the agency may read, instead of the few resources of one page."""
    rows = select(*_COLUMNS).where(Inbox.agency_id == CALLER, Inbox.position > bindparam("after"))
    few = rows.order_by(Inbox.position).limit(literal_column(str(MAX_LIMIT))).subquery().c
    readable = readable_now(CALLER, few.type, few.resource_type, few.resource_id)
    query = select(*few, readable.label("readable")).order_by(few.position)
    return query.limit(bindparam("rows", type_=Integer()))


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
