"""What happens to break-glass when time passes: the review that nobody made is told of, once.

Runs in the worker, which sees times and ids and no reason. That the client opens no other until
then needs no deed: it follows from the review that is missing.
"""

from sqlalchemy import select, update

from api.families.break_glass import events
from api.families.break_glass.models import BreakGlass
from api.journal.priorities import Priority
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
_COLUMNS = (BreakGlass.id, BreakGlass.family_id, BreakGlass.version)


async def tell_overdue_reviews(runtime: Runtime) -> int:
    """Does what is due, one batch. Returns how many were told of."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(
            await session.execute(
                select(*_COLUMNS)
                .where(
                    BreakGlass.reviewed_at.is_(None),
                    BreakGlass.overdue_told_at.is_(None),
                    BreakGlass.review_due <= work.now,
                )
                .order_by(BreakGlass.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for each in overdue:
            told = update(BreakGlass).where(BreakGlass.id == each.id)
            await session.execute(told.values(overdue_told_at=work.now))
            subject = Subject("break_glass", each.id, each.family_id, each.version)
            work.record(events.REVIEW_OVERDUE, subject, priority=Priority.URGENT)
        await work.commit()
    return len(overdue)
