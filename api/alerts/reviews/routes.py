"""Reviewing an alert: beginning, concluding, and what was weighed before."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.alerts.queries import about, read_alert
from api.alerts.reviews import queries, service
from api.alerts.reviews.models import AlertReview
from api.alerts.reviews.schemas import BeginReview, RecordReview, ReviewList, ReviewResponse
from api.alerts.routes import answer_alert
from api.alerts.schemas import AlertResponse
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires

router = APIRouter(prefix="/v1/alerts/{alert_id}", tags=["Alerts"])

REVIEW = [requires(Permission.ALERT_REVIEW)]


@router.post(
    "/review",
    summary="Begin a review",
    response_model=AlertResponse,
    dependencies=REVIEW,
    responses=problems(404, 409, 412, 422, 428),
)
async def begin_review(alert_id: UUID, body: BeginReview, work: Work, version: IfMatch) -> Response:
    """By a manager of the owner. The alert goes on protecting, as `under_review`. Not needed
    before a review is recorded, but of a severe alert who ratified it may conclude a review only
    where another manager has begun it."""
    return await answer_alert(work, 200, await service.begin_review(work, alert_id, body, version))


@router.post(
    "/reviews",
    summary="Record a review",
    status_code=201,
    dependencies=REVIEW,
    responses=problems(404, 409, 412, 422, 428),
)
async def record_review(
    alert_id: UUID, body: RecordReview, work: Work, version: IfMatch
) -> ReviewResponse:
    """What was weighed, and what came of it: `renewed`, with grounds and the next review, or
    `withdrawn`, which recalls the alert. By a manager who did not write it; of a severe alert not
    by its ratifier alone. The `ETag` is the alert's."""
    review, alert = await service.record_review(work, alert_id, body, version)
    headers = {"Location": f"/v1/alerts/{alert_id}/reviews", **etag(alert.version)}
    return work.answer(201, _review(review), headers=headers, about=about(alert))


@router.get(
    "/reviews",
    summary="What reviews have weighed",
    dependencies=[requires(Permission.ALERT_READ)],
    responses=problems(404),
)
async def list_reviews(alert_id: UUID, work: Work) -> ReviewList:
    """Every review of the alert, oldest first."""
    alert = await read_alert(work, alert_id)
    work.disclosed(about(alert), action="alert.reviews_read")
    found = await queries.list_reviews(work, alert_id)
    return work.answer(200, ReviewList(items=[_review(each) for each in found]))


def _review(review: AlertReview) -> ReviewResponse:
    return ReviewResponse.model_validate(review, from_attributes=True)
