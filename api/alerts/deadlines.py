"""What happens to alerts when time passes: warnings, notices, lapse, hard expiry.

Runs in the worker, which sees deadlines and states and no content. Any number may run at once:
each alert is changed under its lock, in a transaction of its own batch.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
    text,
    update,
)

from api.alerts import events, queries, rules
from api.alerts.events import priority_of
from api.alerts.models import Alert, AlertTransition
from api.alerts.rules import Act, Status
from api.foundation.calendar import london_date
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

BATCH = 50
_HOLD_IDLE = text("SELECT id FROM hold_idle_families(:families) AS id").bindparams(
    bindparam("families", type_=ARRAY(Uuid))
)
# The worker sees no address: through the door of that name.
_DEPARTURES = text(
    "SELECT family_id, alert_id, version FROM pass_departures(:today, :most)"
).columns(family_id=Uuid, alert_id=Uuid, version=Integer)
_COLUMNS = (
    Alert.id, Alert.family_id, Alert.agency_id, Alert.status, Alert.severity, Alert.version,
    Alert.published_at, Alert.ratify_by, Alert.warnings_sent, Alert.review_due,
    Alert.review_notices_sent, Alert.expires_on, Alert.expiry_notices_sent,
    Alert.notification_due, Alert.notification_reminded,
)  # fmt: skip


async def pass_deadlines(runtime: Runtime) -> int:
    """Does what is due, one batch. Returns how many alerts were changed."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        due = await _held(work, list(await session.execute(_due(work))))
        for alert in due:
            if rules.has_expired(alert.expires_on, work.now):
                await _lapse(work, alert, "expired")
            elif work.now >= alert.ratify_by and alert.status == Status.PROVISIONAL:
                await _lapse(work, alert, "not ratified in time")
            else:
                await _give_notice(work, alert)
        await work.commit()
    return len(due)


async def _held(work: UnitOfWork, due: list[Any]) -> list[Any]:
    """Those of families that nobody is changing. Who does locks the family and then its alerts,
    which are locked here: so this may not wait for a family, as a transition would do."""
    families = {"families": sorted({each.family_id for each in due})}
    held = set(await work.session.scalars(_HOLD_IDLE, families)) if due else set()
    return [each for each in due if each.family_id in held]


async def ask_after_departures(runtime: Runtime) -> int:
    """A family has left an address, as was known ahead: its alerts on premises must be confirmed
    again, and say so. One batch; returns how many families have left one."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        given = {"today": london_date(work.now), "most": BATCH}
        left = list(await session.execute(_DEPARTURES, given))
        for each in left:
            if each.alert_id is not None:
                subject = Subject("alert", each.alert_id, each.family_id, each.version)
                work.record(events.CONFIRMATION_DUE, subject)
        await work.commit()
    return len(left)


def _due(work: UnitOfWork) -> Any:
    live = Alert.status.in_(rules.LIVE)
    ended = and_(live, Alert.expires_on < london_date(work.now))
    announced = and_(live, or_(_review_notice(work), _expiry_notice(work), _subject_notice(work)))
    return (
        select(*_COLUMNS)
        .where(or_(_unratified(work), ended, announced))
        .order_by(Alert.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


def _unratified(work: UnitOfWork) -> ColumnElement[bool]:
    within = work.runtime.settings.ratify_within
    warnable = [
        and_(Alert.warnings_sent == sent, Alert.published_at <= work.now - after)
        for sent, after in enumerate(rules.warn_after(within))
    ]
    return and_(Alert.status == Status.PROVISIONAL, or_(Alert.ratify_by <= work.now, *warnable))


def _review_notice(work: UnitOfWork) -> ColumnElement[bool]:
    today = london_date(work.now)
    soon = today + timedelta(days=rules.REVIEW_NOTICE_DAYS)
    return or_(
        and_(Alert.review_notices_sent < 1, Alert.review_due <= soon),
        and_(Alert.review_notices_sent < 2, Alert.review_due < today),
    )


def _expiry_notice(work: UnitOfWork) -> ColumnElement[bool]:
    today = london_date(work.now)
    return or_(
        *(
            and_(
                Alert.expiry_notices_sent <= sent, Alert.expires_on <= today + timedelta(days=days)
            )
            for sent, days in enumerate(rules.EXPIRY_NOTICE_DAYS)
        )
    )


def _subject_notice(work: UnitOfWork) -> ColumnElement[bool]:
    return and_(
        Alert.notification_due < london_date(work.now), Alert.notification_reminded.is_(False)
    )


async def _lapse(work: UnitOfWork, alert: Any, reason: str) -> None:
    before = Status(alert.status)
    after = rules.after(Act.LAPSE, before)
    version = alert.version + 1
    await _update(work, alert, {"status": after, "version": version})
    transition = AlertTransition(
        alert_id=alert.id,
        family_id=alert.family_id,
        version=version,
        act=Act.LAPSE,
        from_status=before,
        to_status=after,
        at=work.now,
        reason=reason,
    )
    work.add(transition)
    subject = Subject("alert", alert.id, alert.family_id, version)
    work.record(events.LAPSED, subject, priority=priority_of(alert.severity))


async def _give_notice(work: UnitOfWork, alert: Any) -> None:
    """Every notice that is due of one alert, each once."""
    today, within = london_date(work.now), work.runtime.settings.ratify_within
    subject, priority = queries.about(alert), priority_of(alert.severity)
    owner, given = [alert.agency_id], dict[str, Any]()
    sent = rules.warnings_due(alert.published_at, work.now, within)
    if alert.status == Status.PROVISIONAL and sent > alert.warnings_sent:
        given["warnings_sent"] = sent
        details = {"warning": sent}
        work.record(events.RATIFICATION_DUE, subject, priority=priority, to=owner, details=details)
    sent = rules.review_notices_due(alert.review_due, today)
    if sent > alert.review_notices_sent:
        given["review_notices_sent"] = sent
        if sent == 1:
            work.record(events.REVIEW_DUE, subject, to=owner)
        else:
            work.record(events.REVIEW_OVERDUE, subject, priority=priority)
    sent = rules.expiry_notices_due(alert.expires_on, today)
    if sent > alert.expiry_notices_sent:
        given["expiry_notices_sent"] = sent
        work.record(events.EXPIRING, subject, details={"notice": sent})
    told_by = alert.notification_due
    if told_by is not None and told_by < today and not alert.notification_reminded:
        given["notification_reminded"] = True
        work.record(events.NOTIFICATION_DUE, subject, to=owner)
    await _update(work, alert, given)


async def _update(work: UnitOfWork, alert: Any, values: Mapping[str, Any]) -> None:
    await work.session.execute(update(Alert).where(Alert.id == alert.id).values(values))
