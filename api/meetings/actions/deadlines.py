"""An action whose day has passed: told once to its owner, those who join it and the chair's agency,
as far as they read it. Runs in the worker, which sees dates and states and no content."""

from sqlalchemy import select, update

from api.foundation.calendar import london_date
from api.journal.audiences import recipients_of
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.meetings.actions import events
from api.meetings.actions.models import MeetingAction
from api.meetings.actions.queries import about
from api.meetings.actions.rules import UNFINISHED
from api.meetings.models import Meeting

BATCH = 50


async def tell_overdue_actions(runtime: Runtime) -> int:
    """One batch of what is due."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        due = list(
            await session.execute(
                select(
                    MeetingAction.id,
                    MeetingAction.family_id,
                    MeetingAction.agency_id,
                    MeetingAction.with_agency_ids,
                    MeetingAction.version,
                    Meeting.agency_id.label("chair_agency_id"),
                )
                .join(Meeting, Meeting.id == MeetingAction.meeting_id)
                .where(
                    MeetingAction.status.in_(UNFINISHED),
                    MeetingAction.notices_sent < 1,
                    MeetingAction.due_on < london_date(work.now),
                )
                .order_by(MeetingAction.id)
                .limit(BATCH)
                .with_for_update(of=MeetingAction, skip_locked=True)
            )
        )
        for each in due:
            concerned = {each.agency_id, *each.with_agency_ids, each.chair_agency_id}
            readers = await recipients_of(session, events.OVERDUE, each.id)
            await session.execute(
                update(MeetingAction).where(MeetingAction.id == each.id).values(notices_sent=1)
            )
            work.record(events.OVERDUE, about(each), to=concerned & readers)
        await work.commit()
    return len(due)
