"""Another address for a subscription: propose, decide, list."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.webhooks.models import UrlChange
from api.webhooks.queries import get_subscription
from api.webhooks.url_changes import queries, service
from api.webhooks.url_changes.schemas import (
    DecideUrl,
    ProposeUrl,
    UrlChangeList,
    UrlChangeResponse,
)

router = APIRouter(prefix="/v1/webhooks/{subscription_id}", tags=["Webhooks"])

REDIRECT = [requires(Permission.WEBHOOK_REDIRECT)]


@router.post(
    "/url-changes",
    summary="Propose another address",
    status_code=201,
    dependencies=REDIRECT,
    responses=problems(404, 409, 422),
)
async def propose_url(subscription_id: UUID, body: ProposeUrl, work: Work) -> UrlChangeResponse:
    """By one administrator of the agency; another one decides. Until then nothing changes."""
    change = await service.propose_url(work, subscription_id, body)
    place = f"/v1/webhooks/{subscription_id}/url-changes"
    headers = etag(change.version) | {"Location": place}
    return work.answer(201, _body(change), headers=headers)


@router.get(
    "/url-changes",
    summary="List the changes of a webhook's address",
    dependencies=[requires(Permission.WEBHOOK_READ)],
    responses=problems(404),
)
async def list_url_changes(subscription_id: UUID, work: Work) -> UrlChangeList:
    """Newest first, each with who proposed and who decided it."""
    await get_subscription(work, subscription_id)
    found = await queries.list_changes(work, subscription_id)
    return work.answer(200, UrlChangeList(items=[_body(each) for each in found]))


@router.post(
    "/url-changes/{change_id}/decide",
    summary="Decide on another address",
    dependencies=REDIRECT,
    responses=problems(404, 409, 412, 422, 428),
)
async def decide_url(
    subscription_id: UUID, change_id: UUID, body: DecideUrl, work: Work, version: IfMatch
) -> UrlChangeResponse:
    """By another administrator than who proposed it. Approved, the old address is told
    (`webhook.moved`), and everything waits until the new one has answered its challenge."""
    change = await service.decide_url(work, subscription_id, change_id, body, version)
    return work.answer(200, _body(change), headers=etag(change.version))


def _body(change: UrlChange) -> UrlChangeResponse:
    return UrlChangeResponse.model_validate(change, from_attributes=True)
