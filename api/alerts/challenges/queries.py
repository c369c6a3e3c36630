"""Reads of challenges. All start from `readable_by`."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from api.alerts.challenges.access import readable_by
from api.alerts.challenges.models import Challenge
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import UnitOfWork


async def get_challenge(work: UnitOfWork, challenge_id: UUID, *, lock: bool = False) -> Challenge:
    """Raises NotFound. With `lock`, until the commit."""
    query = select(Challenge).where(Challenge.id == challenge_id, readable_by(work.agency_id))
    found = await work.session.scalar(query.with_for_update(of=Challenge) if lock else query)
    if found is None:
        raise NotFound
    return found


async def list_of_alert(work: UnitOfWork, alert_id: UUID) -> Iterable[Challenge]:
    """All of them for the owner; for any other agency its own."""
    return await work.session.scalars(
        select(Challenge)
        .where(Challenge.alert_id == alert_id, readable_by(work.agency_id))
        .order_by(Challenge.id)
    )


async def list_challenges(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, statuses: list[str]
) -> tuple[list[Challenge], str | None]:
    """Those the caller's agency made or answers for, newest first."""
    query = (
        select(Challenge)
        .where(readable_by(work.agency_id))
        .order_by(Challenge.id.desc())
        .limit(limit + 1)
    )
    if statuses:
        query = query.where(Challenge.status.in_(statuses))
    if cursor is not None:
        query = query.where(Challenge.id < UUID(str(cursors.read(cursor)[0])))
    rows = list(await work.session.scalars(query))
    return cut(rows, limit, cursors, by_id)
