"""The review of a plan: announced to its owner two weeks ahead, and its neglect to everybody who
goes by it, once each. Runs in the worker, which sees dates and states and no content."""

from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from api.alerts.rules import REVIEW_NOTICE_DAYS, review_notices_due
from api.foundation.calendar import london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.plans import events
from api.plans.models import Plan
from api.plans.queries import about
from api.plans.rules import PlanStatus

BATCH = 50


async def tell_plan_reviews(runtime: Runtime) -> int:
    """One batch of what is due."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        today = london_date(work.now)
        soon = today + timedelta(days=REVIEW_NOTICE_DAYS)
        sent = Plan.review_notices_sent
        due = list(
            await session.execute(
                select(Plan.id, Plan.family_id, Plan.agency_id, Plan.version, Plan.review_due)
                .where(
                    Plan.status == PlanStatus.CURRENT,
                    or_(
                        and_(sent < 1, Plan.review_due <= soon),
                        and_(sent < 2, Plan.review_due < today),
                    ),
                )
                .order_by(Plan.id)
                .limit(BATCH)
                .with_for_update(of=Plan, skip_locked=True)
            )
        )
        for each in due:
            notices = review_notices_due(each.review_due, today)
            await session.execute(
                update(Plan).where(Plan.id == each.id).values(review_notices_sent=notices)
            )
            if notices == 1:
                work.record(events.REVIEW_DUE, about(each), to=[each.agency_id])
            else:
                work.record(events.REVIEW_OVERDUE, about(each))
        await work.commit()
    return len(due)
