"""Silence is escalated: an agency that has not taken note of an alert in time, and the owner."""

from sqlalchemy import select, update

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
        overdue = list(
            await session.execute(
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
            )
        )  # fmt: skip
        for each in overdue:
            await session.execute(
                update(AcknowledgementDuty)
                .where(
                    AcknowledgementDuty.alert_id == each.alert_id,
                    AcknowledgementDuty.agency_id == each.agency_id,
                )
                .values(escalated_at=work.now)
            )
            subject = Subject("alert", each.alert_id, each.family_id, each.version)
            details = {"agency": str(each.agency_id)}
            owed = each.status in rules.LIVE and each.readable and each.owner != each.agency_id
            if not owed:
                work.note("alert.acknowledgement_not_owed", subject, details=details)
                continue
            work.record(
                events.UNACKNOWLEDGED,
                subject,
                priority=priority_of(each.severity),
                to=[each.agency_id, each.owner],
                details=details,
            )
        await work.commit()
    return len(overdue)
