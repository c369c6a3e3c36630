"""Reads of an agency's own replays."""

from uuid import UUID

from sqlalchemy import select

from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.models import ReplayJob


async def list_replays(
    work: UnitOfWork, subscription_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[ReplayJob], str | None]:
    """Newest first."""
    query = (
        select(ReplayJob)
        .where(ReplayJob.subscription_id == subscription_id, ReplayJob.agency_id == work.agency_id)
        .order_by(ReplayJob.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(ReplayJob.id < UUID(str(cursors.read(cursor)[0])))
    return cut(list(await work.session.scalars(query)), limit, cursors, by_id)


async def get_replay(
    work: UnitOfWork, subscription_id: UUID, replay_id: UUID, *, lock: bool = False
) -> ReplayJob:
    """Raises NotFound for what is absent or another agency's."""
    query = select(ReplayJob).where(
        ReplayJob.id == replay_id,
        ReplayJob.subscription_id == subscription_id,
        ReplayJob.agency_id == work.agency_id,
    )
    found = await work.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


async def running(work: UnitOfWork, subscription_id: UUID) -> UUID | None:
    found: UUID | None = await work.session.scalar(
        select(ReplayJob.id).where(
            ReplayJob.subscription_id == subscription_id,
            ReplayJob.agency_id == work.agency_id,
            ReplayJob.status == "running",
        )
    )
    return found
