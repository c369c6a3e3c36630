"""What happens to alerts when time passes: warnings, lapse of the unratified, hard expiry.

Runs in the worker, which sees deadlines and states and no content. Any number may run at once:
each alert is changed under its lock, in a transaction of its own batch.
"""

from typing import Any

from sqlalchemy import and_, or_, select, update

from api.alerts import events, queries, rules
from api.alerts.models import Alert, AlertTransition
from api.alerts.rules import Act, Status
from api.alerts.service import priority_of
from api.foundation.calendar import london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
_COLUMNS = (
    Alert.id, Alert.family_id, Alert.agency_id, Alert.status, Alert.severity, Alert.version,
    Alert.published_at, Alert.ratify_by, Alert.warnings_sent, Alert.expires_on,
)  # fmt: skip


async def pass_deadlines(runtime: Runtime) -> int:
    """Does what is due, one batch. Returns how many alerts were changed."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        due = list(await session.execute(_due(work)))
        for alert in due:
            if rules.has_expired(alert.expires_on, work.now):
                await _lapse(work, alert, "expired")
            elif work.now >= alert.ratify_by and alert.status == Status.PROVISIONAL:
                await _lapse(work, alert, "not ratified in time")
            else:
                await _warn(work, alert)
        await work.commit()
    return len(due)


def _due(work: UnitOfWork) -> Any:
    warnable = [
        and_(Alert.warnings_sent == sent, Alert.published_at <= work.now - after)
        for sent, after in enumerate(rules.WARN_AFTER)
    ]
    unratified = and_(
        Alert.status == Status.PROVISIONAL, or_(Alert.ratify_by <= work.now, *warnable)
    )
    expired = and_(Alert.status.in_(rules.LIVE), Alert.expires_on < london_date(work.now))
    return (
        select(*_COLUMNS)
        .where(or_(unratified, expired))
        .order_by(Alert.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


async def _lapse(work: UnitOfWork, alert: Any, reason: str) -> None:
    before = Status(alert.status)
    after = rules.after(Act.LAPSE, before)
    version = alert.version + 1
    await work.session.execute(
        update(Alert).where(Alert.id == alert.id).values(status=after, version=version)
    )
    transition = AlertTransition(
        alert_id=alert.id,
        family_id=alert.family_id,
        version=version,
        from_status=before,
        to_status=after,
        at=work.now,
        reason=reason,
    )
    work.add(transition)
    subject = Subject("alert", alert.id, alert.family_id, version)
    work.record(events.LAPSED, subject, priority=priority_of(alert.severity))


async def _warn(work: UnitOfWork, alert: Any) -> None:
    sent = rules.warnings_due(alert.published_at, work.now)
    await work.session.execute(update(Alert).where(Alert.id == alert.id).values(warnings_sent=sent))
    work.record(
        events.RATIFICATION_DUE,
        queries.about(alert),
        priority=priority_of(alert.severity),
        to=[alert.agency_id],
        details={"warning": sent},
    )
