"""Subscriptions of the caller's agency, and what was delivered to them."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.webhooks import queries, service
from api.webhooks.models import Subscription
from api.webhooks.schemas import (
    CreateWebhook,
    DeliveryList,
    DeliveryResponse,
    WebhookList,
    WebhookResponse,
    WebhookWithSecret,
)

router = APIRouter(prefix="/v1", tags=["Webhooks"])

READ = [requires(Permission.WEBHOOK_READ)]
MANAGE = [requires(Permission.WEBHOOK_MANAGE)]


def _body(subscription: Subscription) -> WebhookResponse:
    return WebhookResponse.model_validate(subscription, from_attributes=True)


@router.post(
    "/webhooks",
    summary="Create a webhook",
    status_code=201,
    dependencies=MANAGE,
    responses=problems(409, 422),
)
async def create_webhook(body: CreateWebhook, work: Work) -> WebhookWithSecret:
    """From now on, every event of these types is sent to the address. First comes a signed
    `webhook.verification`; answer it 200 with `{"challenge": "…"}` as `data.challenge` says.
    The secret is shown once."""
    subscription, keys = await service.create_subscription(work, body)
    created = WebhookWithSecret(**dict(_body(subscription)), secret=keys.shown_secret)
    headers = {"Location": f"/v1/webhooks/{subscription.id}", **etag(subscription.version)}
    return work.answer(201, created, headers=headers)


@router.get("/webhooks", dependencies=READ, responses=problems())
async def list_webhooks(work: Work) -> WebhookList:
    """The agency's subscriptions, revoked ones left out."""
    found = await queries.list_subscriptions(work)
    return work.answer(200, WebhookList(items=[_body(each) for each in found]))


@router.get(
    "/webhooks/{subscription_id}",
    summary="Read a webhook",
    dependencies=READ,
    responses=problems(404),
)
async def get_webhook(subscription_id: UUID, work: Work) -> WebhookResponse:
    """One subscription and where it stands."""
    found = await queries.get_subscription(work, subscription_id)
    return work.answer(200, _body(found), headers=etag(found.version))


@router.delete(
    "/webhooks/{subscription_id}",
    summary="Revoke a webhook",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def revoke_webhook(subscription_id: UUID, work: Work, version: IfMatch) -> WebhookResponse:
    """For ever: nothing leaves for it any more. The feed keeps every event all the same."""
    revoked = await service.revoke_subscription(work, subscription_id, version)
    return work.answer(200, _body(revoked), headers=etag(revoked.version))


@router.get(
    "/webhooks/{subscription_id}/deliveries",
    summary="The delivery log",
    dependencies=READ,
    responses=problems(404),
)
async def list_deliveries(
    subscription_id: UUID,
    work: Work,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeliveryList:
    """The delivery log, newest first: each delivery with its attempts, never a body."""
    await queries.get_subscription(work, subscription_id)
    path = f"/v1/webhooks/{subscription_id}/deliveries"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    found, following = await queries.list_deliveries(work, subscription_id, cursors, cursor, limit)
    items = [DeliveryResponse.model_validate(each, from_attributes=True) for each in found]
    page = DeliveryList(items=items, next=following)
    return work.answer(200, page, headers=link(path, following, limit))
