"""Replays of a subscription of the caller's agency: start, follow, cancel."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.models import ReplayJob
from api.webhooks.queries import get_subscription
from api.webhooks.replays import queries, service
from api.webhooks.replays.schemas import ReplayList, ReplayResponse, StartReplay

router = APIRouter(prefix="/v1/webhooks/{subscription_id}", tags=["Webhooks"])

READ = [requires(Permission.WEBHOOK_READ)]
MANAGE = [requires(Permission.WEBHOOK_MANAGE)]


@router.post(
    "/replays",
    summary="Send a range again",
    status_code=201,
    dependencies=MANAGE,
    responses=problems(404, 409, 422),
)
async def start_replay(subscription_id: UUID, body: StartReplay, work: Work) -> ReplayResponse:
    """Each message with its own `webhook-id`, at the pace at which it is taken. It goes on over
    restarts; follow it by its `next_position`."""
    return _answer(work, 201, await service.start_replay(work, subscription_id, body))


@router.get(
    "/replays",
    summary="List the replays of a webhook",
    dependencies=READ,
    responses=problems(404),
)
async def list_replays(
    subscription_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> ReplayList:
    """Newest first."""
    await get_subscription(work, subscription_id)
    path = f"/v1/webhooks/{subscription_id}/replays"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    found, following = await queries.list_replays(work, subscription_id, cursors, cursor, limit)
    page = ReplayList(items=[_body(each) for each in found], next=following)
    return work.answer(200, page, headers=link(path, following, limit))


@router.get(
    "/replays/{replay_id}",
    summary="Follow a replay",
    dependencies=READ,
    responses=problems(404),
)
async def get_replay(subscription_id: UUID, replay_id: UUID, work: Work) -> ReplayResponse:
    """How far it has come."""
    return _answer(work, 200, await queries.get_replay(work, subscription_id, replay_id))


@router.delete(
    "/replays/{replay_id}",
    summary="Cancel a replay",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def cancel_replay(
    subscription_id: UUID, replay_id: UUID, work: Work, version: IfMatch
) -> ReplayResponse:
    """Nothing more is queued; what is queued already is still sent."""
    return _answer(
        work, 200, await service.cancel_replay(work, subscription_id, replay_id, version)
    )


def _body(job: ReplayJob) -> ReplayResponse:
    return ReplayResponse.model_validate(job, from_attributes=True)


def _answer(work: UnitOfWork, status: int, job: ReplayJob) -> ReplayResponse:
    headers = etag(job.version)
    if status == 201:
        headers["Location"] = f"/v1/webhooks/{job.subscription_id}/replays/{job.id}"
    return work.answer(status, _body(job), headers=headers)
