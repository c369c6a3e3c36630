"""What comes of a recall as time passes: who read the alert while it was recalled owes a receipt
too, and receipts that are not given are told of again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Interval,
    Uuid,
    and_,
    bindparam,
    exists,
    insert,
    not_,
    or_,
    select,
    text,
    update,
)

from api.alerts import events
from api.alerts.access import readable_by
from api.alerts.acknowledgements.service import due_at
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.alerts.recalls.models import Recall, RecallReceipt
from api.alerts.recalls.service import owed
from api.families.access import involved
from api.families.models import Family
from api.journal.event_types import EVENT_TYPES
from api.journal.models import Inbox
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
# By then whoever was reading has committed, or failed: no request takes as long.
SETTLE_AFTER = timedelta(minutes=1)

_LATE = (
    text("SELECT recall_id, agency_id FROM late_readers(:recalls, :within)")
    .bindparams(bindparam("recalls", type_=ARRAY(Uuid)), bindparam("within", type_=Interval))
    .columns(recall_id=Uuid, agency_id=Uuid)
)


async def settle_recalls(runtime: Runtime) -> int:
    """One batch of recalls a moment ago. Whoever read the alert by break-glass meanwhile was
    shown it in force, and not seen by who recalled it: through the door `late_readers`."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        recalls = {each.id: each for each in await session.execute(_UNSETTLED)}
        given = {"recalls": list(recalls), "within": SETTLE_AFTER}
        late = list(await session.execute(_LATE, given)) if recalls else []
        for each in late:
            await _tell_late(work, recalls[each.recall_id], each.agency_id)
        over = [each for each in recalls.values() if each.recalled_at + SETTLE_AFTER <= work.now]
        for each in over:
            await session.execute(update(Recall).where(Recall.id == each.id).values(settled=True))
            work.note("recall.settled", Subject("recall", each.id))
        await work.commit()
    return len(late) + len(over)


_UNSETTLED = (
    select(
        Recall.id, Recall.kind, Recall.recalled_at, Alert.family_id, Alert.version, Alert.severity,
    )
    .join(Alert, Alert.id == Recall.id)
    .where(not_(Recall.settled))
    .order_by(Recall.recalled_at, Recall.id)
    .limit(BATCH)
    .with_for_update(of=Recall, skip_locked=True)
)  # fmt: skip


async def _tell_late(work: UnitOfWork, recall: Any, agency_id: UUID) -> None:
    receipt = owed(recall.id, agency_id, due_at(work, recall.severity))
    await work.session.execute(insert(RecallReceipt).values(**receipt))
    subject = Subject("alert", recall.id, recall.family_id, recall.version)
    priority = priority_of(recall.severity)
    work.record(EVENT_TYPES[f"alert.{recall.kind}"], subject, priority=priority, to=[agency_id])


async def remind_of_recalls(runtime: Runtime) -> int:
    """One batch of overdue receipts. The owner learns of each the first time; once it has left,
    the lead."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(await session.execute(_OVERDUE, {"now": work.now}))
        for each in overdue:
            await _remind(work, each)
        await work.commit()
    return len(overdue)


# Who leads the family and reads the alert, where the owner has left: as `access.stands_in`.
_STAND_IN = (
    select(Family.lead_agency_id)
    .where(
        Family.id == Alert.family_id,
        readable_by(Family.lead_agency_id),
        not_(involved(Alert.family_id, Alert.agency_id)),
    )
    .correlate(Alert)
    .scalar_subquery()
)
_TOLD = exists(
    select(Inbox.position).where(
        Inbox.resource_id == RecallReceipt.recall_id,
        Inbox.agency_id == _STAND_IN,
        Inbox.type == events.RECALL_OUTSTANDING.name,
    )
).correlate_except(Inbox)
_OVERDUE = (
    select(
        RecallReceipt.recall_id, RecallReceipt.agency_id, RecallReceipt.reminders,
        Recall.agency_id.label("owner"), Alert.severity, _STAND_IN.label("stand_in"),
        or_(RecallReceipt.reminders == 0, and_(_STAND_IN.is_not(None), not_(_TOLD))).label("news"),
    )
    .join(Recall, Recall.id == RecallReceipt.recall_id)
    .join(Alert, Alert.id == RecallReceipt.recall_id)
    .where(RecallReceipt.acknowledged_at.is_(None), RecallReceipt.due_at <= bindparam("now"))
    .order_by(RecallReceipt.recall_id, RecallReceipt.agency_id)
    .limit(BATCH)
    .with_for_update(of=RecallReceipt, skip_locked=True)
)  # fmt: skip


async def _remind(work: UnitOfWork, receipt: Any) -> None:
    later = timedelta(hours=work.runtime.settings.recall_reminder_hours)
    await work.session.execute(
        update(RecallReceipt)
        .where(
            RecallReceipt.recall_id == receipt.recall_id,
            RecallReceipt.agency_id == receipt.agency_id,
        )
        .values(reminders=receipt.reminders + 1, due_at=work.now + later)
    )
    subject, priority = Subject("alert", receipt.recall_id), priority_of(receipt.severity)
    work.record(events.RECALLED, subject, priority=priority, to=[receipt.agency_id])
    answering = receipt.stand_in or receipt.owner
    if receipt.news and answering != receipt.agency_id:
        work.record(events.RECALL_OUTSTANDING, subject, priority=priority, to=[answering])
