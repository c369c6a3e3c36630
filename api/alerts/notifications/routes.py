"""Telling the subject of an alert, or recording why not."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.alerts.models import Alert
from api.alerts.notifications import queries, service
from api.alerts.notifications.schemas import (
    Letter,
    RecordSent,
    SubjectNotificationResponse,
    Withhold,
)
from api.alerts.queries import about, read_own_alert
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1/alerts/{alert_id}/subject-notification", tags=["Alerts"])

NOTIFY = [requires(Permission.ALERT_NOTIFY)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.get(
    "", summary="Whether the subject was told", dependencies=NOTIFY, responses=problems(404)
)
async def get_subject_notification(alert_id: UUID, work: Work) -> SubjectNotificationResponse:
    """For the owner, with the reasons. Everybody else sees the status on the alert itself."""
    alert = await read_own_alert(work, alert_id)
    work.disclosed(about(alert), action="alert.notification_read")
    body = await queries.notification_body(work, alert)
    return work.answer(200, body, headers=etag(alert.version))


@router.post(
    "/sent", summary="Record that the subject was told", dependencies=NOTIFY, responses=CHANGE
)
async def record_notification(
    alert_id: UUID, body: RecordSent, work: Work, version: IfMatch
) -> SubjectNotificationResponse:
    """By the owner, in person. Readers of the alert learn that its subject knows."""
    return await _answer(work, await service.record_sent(work, alert_id, body, version))


@router.post(
    "/withhold",
    summary="Withhold it from the subject",
    dependencies=[requires(Permission.ALERT_WITHHOLD)],
    responses=CHANGE,
)
async def withhold_notification(
    alert_id: UUID, body: Withhold, work: Work, version: IfMatch
) -> SubjectNotificationResponse:
    """By a manager other than the author, case by case, until a day to look again: telling would
    create a substantial risk. Readers of the alert are warned not to mention it."""
    return await _answer(work, await service.withhold(work, alert_id, body, version))


@router.get(
    "/letter",
    summary="The data of a letter to the subject",
    dependencies=NOTIFY,
    responses=problems(404, 409),
)
async def get_letter(alert_id: UUID, work: Work) -> Letter:
    """For the owner's own template, while the alert is in force. 409 `notification_withheld` while
    it is withheld. With
    `protect_source` neither who reported it nor their words are in it."""
    alert = await read_own_alert(work, alert_id)
    body = await queries.letter(work, alert)
    work.disclosed(about(alert), action="alert.letter_read")
    return work.answer(200, body)


async def _answer(work: UnitOfWork, alert: Alert) -> SubjectNotificationResponse:
    await work.session.flush()
    body = await queries.notification_body(work, alert)
    return work.answer(200, body, headers=etag(alert.version), about=about(alert))
