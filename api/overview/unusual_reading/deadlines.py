"""Who has read unusually much is told of to their own agency. Runs in the worker."""

from datetime import timedelta

from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork
from api.overview.unusual_reading import events, queries, rules


async def tell_unusual_reading(runtime: Runtime) -> int:
    """Returns how many people were told of. Whether one was told of already is in the audit."""
    settings = runtime.settings
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        readers = await queries.readers(
            work,
            read_since=work.now - timedelta(minutes=settings.many_families_minutes),
            many=settings.many_families,
            opened_since=work.now - timedelta(hours=settings.break_glass_hours),
            many_opened=rules.MANY_OPENED,
            told_since=work.now - rules.TELL_AGAIN_AFTER,
        )
        for each in readers:
            subject = Subject("practitioner", each.practitioner_id)
            details = {"families": each.families}
            work.record(events.READS_MANY, subject, to=[each.agency_id], details=details)
        await work.commit()
    return len(readers)
