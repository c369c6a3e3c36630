"""Silence is escalated: an agency that has not taken note of an alert in time, and the owner."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Update, select, tuple_, update

from api.alerts import events, rules
from api.alerts.access import readable_by
from api.alerts.acknowledgements.models import AcknowledgementDuty
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50


async def escalate_silence(runtime: Runtime) -> int:
    """One batch of overdue duties, each escalated once; what is no longer owed is let go."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(await session.execute(_overdue(work)))
        if overdue:
            await session.execute(_escalated(work, overdue))
        for each in overdue:
            _tell(work, each)
        await work.commit()
    return len(overdue)


def _overdue(work: UnitOfWork) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AcknowledgementDuty.alert_id, AcknowledgementDuty.agency_id, Alert.family_id,
            Alert.agency_id.label("owner"), Alert.severity, Alert.status, Alert.version,
            readable_by(AcknowledgementDuty.agency_id).label("readable"),
        )
        .join(Alert, Alert.id == AcknowledgementDuty.alert_id)
        .where(
            AcknowledgementDuty.acknowledged_at.is_(None),
            AcknowledgementDuty.escalated_at.is_(None),
            AcknowledgementDuty.due_at <= work.now,
        )
        .order_by(AcknowledgementDuty.alert_id, AcknowledgementDuty.agency_id)
        .limit(BATCH)
        .with_for_update(of=AcknowledgementDuty, skip_locked=True)
    )  # fmt: skip


def _escalated(work: UnitOfWork, overdue: Iterable[Any]) -> Update:
    key = tuple_(AcknowledgementDuty.alert_id, AcknowledgementDuty.agency_id)
    batch = key.in_([(each.alert_id, each.agency_id) for each in overdue])
    return update(AcknowledgementDuty).where(batch).values(escalated_at=work.now)


def _tell(work: UnitOfWork, duty: Any) -> None:
    subject = Subject("alert", duty.alert_id, duty.family_id, duty.version)
    details = {"agency": str(duty.agency_id)}
    owed = duty.status in rules.LIVE and duty.readable and duty.owner != duty.agency_id
    if not owed:
        work.note("alert.acknowledgement_not_owed", subject, details=details)
        return
    work.record(
        events.UNACKNOWLEDGED,
        subject,
        priority=priority_of(duty.severity),
        to=[duty.agency_id, duty.owner],
        details=details,
    )
