"""What happens to incidents when time passes: the agency is reminded of what is missing, once of
each kind. The worker sees dates and states, and nothing of what happened. An agency whose
involvement others have ended is reminded when it is involved again."""

from sqlalchemy import or_, select, update

from api.families.access import involved
from api.incidents import events, queries
from api.incidents.models import Incident
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork

BATCH = 50
_COLUMNS = (
    Incident.id, Incident.family_id, Incident.agency_id, Incident.content_version,
    Incident.complete_by, Incident.follow_up_by,
)  # fmt: skip


async def remind_of_missing(runtime: Runtime) -> int:
    """One batch of what is overdue."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(
            await session.execute(
                select(*_COLUMNS)
                .where(
                    or_(Incident.complete_by <= work.now, Incident.follow_up_by <= work.now),
                    involved(Incident.family_id, Incident.agency_id),
                )
                .order_by(Incident.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True, of=Incident)
            )
        )
        for each in overdue:
            dates = {"complete_by": each.complete_by, "follow_up_by": each.follow_up_by}
            passed = {name: None for name, at in dates.items() if at and at <= work.now}
            await session.execute(update(Incident).where(Incident.id == each.id).values(**passed))
            details = {"passed": sorted(passed)}
            subject = queries.about(each)
            work.record(events.INCOMPLETE, subject, to=[each.agency_id], details=details)
        await work.commit()
    return len(overdue)
