"""Correcting an alert: superseding, entering in error, another subject, another household."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.alerts.corrections import service
from api.alerts.corrections.schemas import (
    ConfirmAlert,
    CorrectSubject,
    EnterInError,
    ExtendAlert,
    Supersede,
)
from api.alerts.routes import answer_alert
from api.alerts.schemas import AlertResponse
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, requires

router = APIRouter(prefix="/v1/alerts/{alert_id}", tags=["Alerts"])

CORRECT = [requires(Permission.ALERT_CORRECT)]
CORRECT_BY_ANOTHER = [requires(Permission.ALERT_CORRECT, quota="publish", key_required=True)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.post(
    "/supersede",
    summary="Supersede an alert",
    status_code=201,
    response_model=AlertResponse,
    dependencies=CORRECT_BY_ANOTHER,
    responses=CHANGE,
)
async def supersede_alert(
    alert_id: UUID, body: Supersede, work: Work, version: IfMatch
) -> Response:
    """Publishes a replacement, by a manager of the owner. Both are in force until another manager
    ratifies the replacement; then the alert before is `superseded` and recalled. If nobody does,
    the replacement lapses and the alert before stands."""
    return await answer_alert(
        work, 201, await service.supersede_alert(work, alert_id, body, version)
    )


@router.post(
    "/enter-in-error",
    summary="Enter an alert in error",
    response_model=AlertResponse,
    dependencies=CORRECT,
    responses=CHANGE,
)
async def enter_in_error(
    alert_id: UUID, body: EnterInError, work: Work, version: IfMatch
) -> Response:
    """There should never have been this alert. Everybody who ever had it is told, and
    acknowledges the recall."""
    return await answer_alert(
        work, 200, await service.enter_in_error(work, alert_id, body, version)
    )


@router.post(
    "/correct-subject",
    summary="Correct the subject",
    status_code=201,
    response_model=AlertResponse,
    dependencies=CORRECT_BY_ANOTHER,
    responses=CHANGE,
)
async def correct_subject(
    alert_id: UUID, body: CorrectSubject, work: Work, version: IfMatch
) -> Response:
    """The alert marks the wrong person: it is entered in error and recalled at once, and the same
    alert about the right one is published, provisional. With `family_id` on the record of another
    family that the owner reads, such as after a merge was undone."""
    return await answer_alert(
        work, 201, await service.correct_subject(work, alert_id, body, version)
    )


@router.post(
    "/extensions",
    summary="Extend an alert to another household",
    status_code=201,
    response_model=AlertResponse,
    dependencies=[requires(Permission.ALERT_EXTEND, quota="publish", key_required=True)],
    responses=problems(404, 409, 422),
)
async def extend_alert(alert_id: UUID, body: ExtendAlert, work: Work) -> Response:
    """The adult lives, or stays, in a second household: the alert stands on that record too, with
    an audience and dates of its own. By a manager, other than its author, of an agency that reads
    both records; that agency answers for it. When the first is recalled, it is told."""
    return await answer_alert(work, 201, await service.extend_alert(work, alert_id, body))


@router.post(
    "/confirm",
    summary="Confirm an alert on premises",
    response_model=AlertResponse,
    dependencies=CORRECT,
    responses=CHANGE,
)
async def confirm_alert(
    alert_id: UUID, body: ConfirmAlert, work: Work, version: IfMatch
) -> Response:
    """The family has moved, and the alert on the premises still holds."""
    return await answer_alert(work, 200, await service.confirm_alert(work, alert_id, body, version))
