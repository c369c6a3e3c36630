"""Recalls that an agency has not acknowledged are told of again, until it does."""

from datetime import timedelta

from sqlalchemy import and_, select, update

from api.alerts import events
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.alerts.recalls.models import Recall, RecallReceipt
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50


async def remind_of_recalls(runtime: Runtime) -> int:
    """One batch of overdue receipts. The owner learns of each the first time."""
    later = timedelta(hours=runtime.settings.recall_reminder_hours)
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        owed = list(
            await session.execute(
                select(
                    RecallReceipt.recall_id, RecallReceipt.agency_id, RecallReceipt.reminders,
                    Recall.agency_id.label("owner"), Alert.severity,
                )
                .join(Recall, Recall.id == RecallReceipt.recall_id)
                .join(Alert, Alert.id == RecallReceipt.recall_id)
                .where(RecallReceipt.acknowledged_at.is_(None), RecallReceipt.due_at <= work.now)
                .order_by(RecallReceipt.recall_id, RecallReceipt.agency_id)
                .limit(BATCH)
                .with_for_update(of=RecallReceipt, skip_locked=True)
            )
        )  # fmt: skip
        for each in owed:
            reminded = {"reminders": each.reminders + 1, "due_at": work.now + later}
            await session.execute(
                update(RecallReceipt)
                .where(
                    and_(
                        RecallReceipt.recall_id == each.recall_id,
                        RecallReceipt.agency_id == each.agency_id,
                    )
                )
                .values(**reminded)
            )
            subject, priority = Subject("alert", each.recall_id), priority_of(each.severity)
            work.record(events.RECALLED, subject, priority=priority, to=[each.agency_id])
            if each.reminders == 0:
                work.record(events.RECALL_OUTSTANDING, subject, priority=priority, to=[each.owner])
        await work.commit()
    return len(owed)
