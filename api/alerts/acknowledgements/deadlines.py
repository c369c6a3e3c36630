"""Silence is escalated: an agency that has not taken note of an alert in time, and the owner; and
before that, to the owner alone, that an urgent alert has not reached somebody at all."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, Select, Update, and_, func, select, tuple_, update

from api.alerts import events, rules
from api.alerts.access import readable_by
from api.alerts.acknowledgements.models import AcknowledgementDuty
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
# Told is a first 2xx of a webhook, a page of the feed, or a reader who was shown the alert.
DELIVERED_WITHIN = timedelta(seconds=60)


async def tell_undelivered(runtime: Runtime) -> int:
    """One batch of duties that began a minute ago, each looked at once."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        begun = list(await session.execute(_unchecked(work)))
        if begun:
            await session.execute(_of(begun).values(delivery_checked_at=work.now))
        for each in begun:
            subject = Subject("alert", each.alert_id, each.family_id, each.version)
            details = {"agency": str(each.agency_id)}
            if each.untold and each.readable:
                work.record(events.UNDELIVERED, subject, to=[each.owner], details=details)
            else:
                work.note("alert.delivery_checked", subject, details=details)
        await work.commit()
    return len(begun)


def _unchecked(work: UnitOfWork) -> Select[*tuple[Any, ...]]:
    urgent = and_(Alert.severity.in_(rules.URGENT), Alert.status.in_(rules.LIVE))
    told = func.is_told(Alert.id, AcknowledgementDuty.agency_id, type_=Boolean)
    return (
        select(
            AcknowledgementDuty.alert_id, AcknowledgementDuty.agency_id, Alert.family_id,
            Alert.agency_id.label("owner"), Alert.version,
            readable_by(AcknowledgementDuty.agency_id).label("readable"),
            and_(urgent, AcknowledgementDuty.acknowledged_at.is_(None), ~told).label("untold"),
        )
        .join(Alert, Alert.id == AcknowledgementDuty.alert_id)
        .where(
            AcknowledgementDuty.delivery_checked_at.is_(None),
            AcknowledgementDuty.since <= work.now - DELIVERED_WITHIN,
        )
        .order_by(AcknowledgementDuty.since, AcknowledgementDuty.alert_id)
        .limit(BATCH)
        .with_for_update(of=AcknowledgementDuty, skip_locked=True)
    )  # fmt: skip


async def escalate_silence(runtime: Runtime) -> int:
    """One batch of overdue duties, each escalated once; what is no longer owed is let go."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        overdue = list(await session.execute(_overdue(work)))
        if overdue:
            await session.execute(_of(overdue).values(escalated_at=work.now))
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


def _of(duties: Iterable[Any]) -> Update:
    key = tuple_(AcknowledgementDuty.alert_id, AcknowledgementDuty.agency_id)
    batch = key.in_([(each.alert_id, each.agency_id) for each in duties])
    return update(AcknowledgementDuty).where(batch)


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
