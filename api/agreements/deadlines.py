"""The review of an agreement: announced to its owner two weeks ahead, and its neglect, once each.
Runs in the worker, which sees dates and states and no content."""

from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from api.agreements import events
from api.agreements.models import Agreement
from api.agreements.rules import REVIEWED
from api.alerts.rules import REVIEW_NOTICE_DAYS, review_notices_due
from api.foundation.calendar import london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50


async def tell_agreement_reviews(runtime: Runtime) -> int:
    """One batch of what is due."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        today = london_date(work.now)
        soon = today + timedelta(days=REVIEW_NOTICE_DAYS)
        sent = Agreement.review_notices_sent
        due = list(
            await session.execute(
                select(
                    Agreement.id,
                    Agreement.family_id,
                    Agreement.agency_id,
                    Agreement.version,
                    Agreement.review_due,
                )
                .where(
                    Agreement.status.in_(REVIEWED),
                    or_(
                        and_(sent < 1, Agreement.review_due <= soon),
                        and_(sent < 2, Agreement.review_due < today),
                    ),
                )
                .order_by(Agreement.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for each in due:
            notices = review_notices_due(each.review_due, today)
            await session.execute(
                update(Agreement).where(Agreement.id == each.id).values(review_notices_sent=notices)
            )
            told = events.REVIEW_DUE if notices == 1 else events.REVIEW_OVERDUE
            subject = Subject("agreement", each.id, each.family_id, each.version)
            work.record(told, subject, to=[each.agency_id])
        await work.commit()
    return len(due)
