"""A challenge that nobody has acknowledged in time is told to both parties, once."""

from sqlalchemy import select, update

from api.alerts.challenges import events
from api.alerts.challenges.models import Challenge
from api.alerts.challenges.rules import Status
from api.foundation.calendar import london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50


async def escalate_challenges(runtime: Runtime) -> int:
    """One batch of what is overdue."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(
            await session.execute(
                select(Challenge.id, Challenge.family_id, Challenge.version)
                .where(
                    Challenge.status == Status.RECEIVED,
                    Challenge.escalated.is_(False),
                    Challenge.acknowledge_by < london_date(work.now),
                )
                .order_by(Challenge.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for each in overdue:
            await session.execute(
                update(Challenge).where(Challenge.id == each.id).values(escalated=True)
            )
            work.record(events.OVERDUE, Subject("challenge", each.id, each.family_id, each.version))
        await work.commit()
    return len(overdue)
