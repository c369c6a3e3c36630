"""The next meeting, as the outcome of one has it: where none is scheduled some working days before
it is due, the agency that answers for the one before is told, once. Runs in the worker, which sees
dates and states and nothing of what was said."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import aliased

from api.families.access import involved
from api.foundation.calendar import add_working_days, london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.meetings import events
from api.meetings.access import STANDING
from api.meetings.models import Meeting, MeetingInvitation
from api.meetings.queries import about
from api.meetings.rules import MeetingStatus

BATCH = 50
Next = aliased(Meeting)


def _scheduled() -> ColumnElement[bool]:
    """Whether there is a later meeting of that kind that the agency knows of: one that others hold
    without it says nothing to it."""
    invited = exists(
        select(MeetingInvitation.meeting_id).where(
            MeetingInvitation.meeting_id == Next.id,
            MeetingInvitation.agency_id == Meeting.agency_id,
            *STANDING,
        )
    ).correlate(Next, Meeting)
    return exists(
        select(Next.id).where(
            Next.family_id == Meeting.family_id,
            Next.kind == Meeting.follow_up_kind,
            Next.status != MeetingStatus.CANCELLED,
            Next.starts_at > Meeting.starts_at,
            or_(
                Next.agency_id == Meeting.agency_id,
                Next.convened_by == Meeting.agency_id,
                invited,
            ),
        )
    ).correlate(Meeting)


def _due(now: datetime, notice_days: int) -> Select[*tuple[Any, ...]]:
    latest = add_working_days(london_date(now), notice_days)
    return (
        select(Meeting.id, Meeting.family_id, Meeting.agency_id, Meeting.version)
        .where(
            Meeting.status == MeetingStatus.RECORDED,
            Meeting.follow_up_by <= latest,
            Meeting.follow_up_notices_sent < 1,
            involved(Meeting.family_id, Meeting.agency_id),
            ~_scheduled(),
        )
        .order_by(Meeting.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Meeting)
    )


async def tell_follow_ups(runtime: Runtime) -> int:
    """One batch of what is due."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        notice_days = runtime.settings.follow_up_notice_working_days
        due = list(await session.execute(_due(work.now, notice_days)))
        for each in due:
            await session.execute(
                update(Meeting).where(Meeting.id == each.id).values(follow_up_notices_sent=1)
            )
            work.record(events.FOLLOW_UP_DUE, about(each), to=[each.agency_id])
        await work.commit()
    return len(due)
