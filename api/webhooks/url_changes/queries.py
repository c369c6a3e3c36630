"""Reads of an agency's own changes of addresses."""

from uuid import UUID

from sqlalchemy import select

from api.foundation.errors import NotFound
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.models import UrlChange


async def list_changes(work: UnitOfWork, subscription_id: UUID) -> list[UrlChange]:
    """Newest first."""
    found = await work.session.scalars(
        select(UrlChange)
        .where(UrlChange.subscription_id == subscription_id, UrlChange.agency_id == work.agency_id)
        .order_by(UrlChange.id.desc())
    )
    return list(found)


async def lock_change(work: UnitOfWork, subscription_id: UUID, change_id: UUID) -> UrlChange:
    """Until the commit. Raises NotFound for what is absent or another agency's."""
    found = await work.session.scalar(
        select(UrlChange)
        .where(
            UrlChange.id == change_id,
            UrlChange.subscription_id == subscription_id,
            UrlChange.agency_id == work.agency_id,
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found
