"""Writes on subject notification: the subject was told, or a manager decides why not yet."""

from datetime import date
from typing import Any
from uuid import UUID

from api.alerts import access, events, queries
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.alerts.notifications.models import SubjectNotification
from api.alerts.notifications.rules import latest_look_again
from api.alerts.notifications.schemas import RecordSent, Withhold
from api.alerts.rules import Notification
from api.alerts.service import owned_alert
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork


async def record_sent(work: UnitOfWork, alert_id: UUID, body: RecordSent, version: int) -> Alert:
    """The subject knows of the alert from now on."""
    alert = await _untold(work, alert_id, version)
    if not london_date(alert.published_at) <= body.told_on <= london_date(work.now):
        raise Invalid.field(
            "/told_on",
            "out_of_range",
            "The subject was told since the alert was published, and not after today.",
        )
    _decide(work, alert, Notification.SENT, None, told_on=body.told_on, method=body.method)
    return alert


async def withhold(work: UnitOfWork, alert_id: UUID, body: Withhold, version: int) -> Alert:
    """By a manager other than the author, until a day to look again at it."""
    alert = await _untold(work, alert_id, version)
    access.check_other_person(work.actor, alert)
    today = london_date(work.now)
    if not today < body.look_again_on <= latest_look_again(alert.review_due, today):
        raise Invalid.field(
            "/look_again_on",
            "out_of_range",
            "Look again after today, and not later than the alert's review; within a month if that "
            "is due already.",
        )
    look_again = body.look_again_on
    _decide(
        work, alert, Notification.WITHHELD, look_again, reason=body.reason, look_again_on=look_again
    )
    return alert


async def _untold(work: UnitOfWork, alert_id: UUID, version: int) -> Alert:
    alert = await owned_alert(work, alert_id, version)
    access.check_live(alert)
    if alert.notification == Notification.SENT:
        raise Conflict("The subject was told already.")
    return alert


def _decide(
    work: UnitOfWork, alert: Alert, status: Notification, due: date | None, **given: Any
) -> None:
    person = work.actor.in_person()
    work.add(
        SubjectNotification(
            id=new_id(),
            alert_id=alert.id,
            family_id=alert.family_id,
            status=status,
            at=work.now,
            by_practitioner_id=person.id,
            by_name=person.name,
            **given,
        )
    )
    alert.notification, alert.notification_due = status, due
    alert.notification_reminded = False
    alert.version += 1
    priority = priority_of(alert.severity)
    work.record(events.NOTIFICATION_CHANGED, queries.about(alert), priority=priority)
