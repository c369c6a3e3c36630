"""Reads of what was recorded of engagement. All start from `readable_by`."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_

from api.engagement.access import readable_by, version_readable_by
from api.engagement.models import EngagementVersion, Recorded, Resolvable
from api.foundation.errors import NotFound, PreconditionFailed
from api.foundation.paging import Cursors
from api.journal.unit_of_work import UnitOfWork

Row = TypeVar("Row", bound=Recorded)


async def find(work: UnitOfWork, model: type[Row], row_id: UUID) -> Row:
    """Raises NotFound."""
    found = await work.session.scalar(
        select(model).where(model.id == row_id, readable_by(model, work.agency_id))
    )
    if found is None:
        raise NotFound
    return found


async def lock(work: UnitOfWork, row: Row, version: int) -> None:
    """As it is now, until the commit. Raises PreconditionFailed where it is another version. The
    database locks it only for who may change it: to be called once that is known."""
    await work.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise PreconditionFailed


async def page(
    work: UnitOfWork,
    model: type[Row],
    conditions: Sequence[ColumnElement[bool]],
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Row], str | None]:
    """Those that the conditions name, of the latest day first."""
    place = (getattr(model, model.DAY), model.id)
    query = (
        select(model)
        .where(readable_by(model, work.agency_id), *conditions)
        .order_by(*(each.desc() for each in place))
        .limit(limit + 1)
    )
    if cursor is not None:
        day, last = cursors.read(cursor)
        after = (date.fromisoformat(str(day)), UUID(str(last)))
        query = query.where(tuple_(*place) < tuple_(*after))
    rows = list(await work.session.scalars(query))
    if len(rows) <= limit:
        return rows, None
    last_row = rows[limit - 1]
    day = getattr(last_row, model.DAY).isoformat()
    return rows[:limit], cursors.make(day, str(last_row.id))


async def versions_of(work: UnitOfWork, resource_type: str, resource_id: UUID) -> Sequence[Any]:
    """What it said before, oldest first."""
    found = await work.session.scalars(
        select(EngagementVersion)
        .where(
            EngagementVersion.resource_type == resource_type,
            EngagementVersion.resource_id == resource_id,
            version_readable_by(work.agency_id),
        )
        .order_by(EngagementVersion.number)
    )
    return found.all()


def is_resolved(model: type[Resolvable], resolved: bool | None) -> list[ColumnElement[bool]]:
    """The condition of a filter; none where it was left out."""
    if resolved is None:
        return []
    return [model.resolved_on.is_not(None) if resolved else model.resolved_on.is_(None)]
