"""What happens to obligations to share when time passes, or when somebody joins: told to the agency
that owes them.

Runs in the worker, which sees times and ids, and neither an answer nor a reason.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.engagement.sharing_checks.obligations import events
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.engagement.sharing_checks.obligations.rules import ObligationStatus
from api.families.models import Involvement
from api.journal.event_types import EventType
from api.journal.priorities import Priority
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
# Without anybody to share with, nothing is late.
_OWED_TO_SOMEBODY = exists(
    select(Involvement.id).where(
        Involvement.family_id == SharingObligation.family_id,
        Involvement.agency_id != SharingObligation.agency_id,
        Involvement.until_at.is_(None),
    )
)


async def start_clocks(runtime: Runtime) -> int:
    """Of obligations that were owed to nobody yet: another agency has joined since. One batch."""
    waiting = SharingObligation.due_at.is_(None)
    hours = timedelta(hours=runtime.settings.discharge_obligation_hours)
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        found = await _batch(session, waiting)
        for each in found:
            values = {"due_at": work.now + hours, "version": each.version + 1}
            await _change(session, each, values)
            _tell(work, events.OBLIGED, each, each.version + 1, Priority.ROUTINE)
        await work.commit()
    return len(found)


async def tell_overdue_obligations(runtime: Runtime) -> int:
    """Once each. One batch."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        late = SharingObligation.due_at <= work.now
        found = await _batch(session, late & SharingObligation.overdue_told_at.is_(None))
        for each in found:
            await _change(session, each, {"overdue_told_at": work.now})
            _tell(work, events.OVERDUE, each, each.version, Priority.URGENT)
        await work.commit()
    return len(found)


async def _batch(session: AsyncSession, which: ColumnElement[bool]) -> list[Any]:
    found = await session.execute(
        select(SharingObligation.id, SharingObligation.family_id, SharingObligation.version)
        .where(SharingObligation.status == ObligationStatus.OPEN, which, _OWED_TO_SOMEBODY)
        .order_by(SharingObligation.id)
        .limit(BATCH)
        .with_for_update(of=SharingObligation, skip_locked=True)
    )
    return list(found)


async def _change(session: AsyncSession, row: Any, values: dict[str, Any]) -> None:
    changed = update(SharingObligation).where(SharingObligation.id == row.id)
    await session.execute(changed.values(**values))


def _tell(work: UnitOfWork, event: EventType, row: Any, version: int, priority: Priority) -> None:
    subject = Subject("sharing_obligation", row.id, row.family_id, version)
    work.record(event, subject, priority=priority)
