"""Subscriptions of the caller's agency, and what was delivered to them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.agencies.queries import get_agency
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork
from api.webhooks import queries, service
from api.webhooks.models import EndpointHealth, Subscription, SubscriptionKey
from api.webhooks.schemas import (
    CreateWebhook,
    DeliveryList,
    DeliveryResponse,
    RotateKeys,
    WebhookList,
    WebhookResponse,
    WebhookStatus,
    WebhookWithSecret,
)

router = APIRouter(prefix="/v1", tags=["Webhooks"])

READ = [requires(Permission.WEBHOOK_READ)]
MANAGE = [requires(Permission.WEBHOOK_MANAGE)]


CHANGE = problems(404, 409, 412, 422, 428)
_PLAIN = ("id", "url", "event_types", "status", "heartbeat_seconds", "version", "created_at")
_HEALTH = ("failures_in_row", "slow_until", "degraded_at")


async def _bodies(work: UnitOfWork, subscriptions: list[Subscription]) -> list[dict[str, Any]]:
    await work.session.flush()
    ids = [each.id for each in subscriptions]
    keys, health = await queries.live_keys(work, ids), await queries.health_of(work, ids)
    return [_body(each, keys[each.id], health[each.id]) for each in subscriptions]


def _body(
    subscription: Subscription, keys: list[SubscriptionKey], health: EndpointHealth
) -> dict[str, Any]:
    body: dict[str, Any] = {name: getattr(subscription, name) for name in _PLAIN}
    plain = ("public_key", "created_at", "retires_at")
    body["keys"] = [{name: getattr(each, name) for name in plain} for each in keys]
    body["public_key"] = keys[0].public_key
    body["health"] = {name: getattr(health, name) for name in _HEALTH} | {
        "next_probe_at": health.open_until,
        "in_flight_at_most": health.allowed,
        "held_at": subscription.held_at,
        "held_why": subscription.held_why,
    }
    return body


async def _answer(work: UnitOfWork, subscription: Subscription) -> WebhookResponse:
    [body] = await _bodies(work, [subscription])
    answer = WebhookResponse.model_validate(body)
    return work.answer(200, answer, headers=etag(subscription.version))


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
    [shown] = await _bodies(work, [subscription])
    created = WebhookWithSecret.model_validate(shown | {"secret": keys.shown_secret})
    headers = {"Location": f"/v1/webhooks/{subscription.id}", **etag(subscription.version)}
    return work.answer(201, created, headers=headers)


@router.get("/webhooks", dependencies=READ, responses=problems())
async def list_webhooks(work: Work) -> WebhookList:
    """The agency's subscriptions, revoked ones left out."""
    found = await queries.list_subscriptions(work)
    return work.answer(200, WebhookList.model_validate({"items": await _bodies(work, found)}))


@router.get(
    "/webhooks/{subscription_id}",
    summary="Read a webhook",
    dependencies=READ,
    responses=problems(404),
)
async def get_webhook(subscription_id: UUID, work: Work) -> WebhookStatus:
    """One subscription and where it stands: how its receiver does, how far it has come, and its
    last attempts."""
    found = await queries.get_subscription(work, subscription_id)
    [body] = await _bodies(work, [found])
    progress = await queries.progress(work, subscription_id)
    attempts = await queries.recent_attempts(work, subscription_id)
    agency = await get_agency(work, work.agency_id)
    body |= {"progress": progress._mapping, "recent_attempts": attempts}
    body["webhook_email"] = agency.webhook_email
    status = WebhookStatus.model_validate(body, from_attributes=True)
    return work.answer(200, status, headers=etag(found.version))


@router.post(
    "/webhooks/{subscription_id}/keys",
    summary="Rotate the keys of a webhook",
    status_code=201,
    dependencies=MANAGE,
    responses=CHANGE,
)
async def rotate_webhook_keys(
    subscription_id: UUID, body: RotateKeys, work: Work, version: IfMatch
) -> WebhookWithSecret:
    """New keys sign from now on; those before sign beside them until the overlap ends, so that a
    receiver is changed in its own time. The secret is shown once."""
    subscription, keys = await service.rotate_keys(work, subscription_id, body, version)
    [shown] = await _bodies(work, [subscription])
    rotated = WebhookWithSecret.model_validate(shown | {"secret": keys.shown_secret})
    headers = etag(subscription.version) | {"Location": f"/v1/webhooks/{subscription_id}"}
    return work.answer(201, rotated, headers=headers)


@router.post(
    "/webhooks/{subscription_id}/resume",
    summary="Try a webhook again",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def resume_webhook(subscription_id: UUID, work: Work, version: IfMatch) -> WebhookResponse:
    """Everything that waits is tried again, the urgent first, and one message at a time until the
    receiver takes one."""
    return await _answer(work, await service.resume_subscription(work, subscription_id, version))


@router.post(
    "/webhooks/{subscription_id}/hold",
    summary="Hold a webhook",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def hold_webhook(subscription_id: UUID, work: Work, version: IfMatch) -> WebhookResponse:
    """Nothing is sent until it is resumed, such as while its receiver is moved. Nothing is
    lost: everything waits."""
    return await _answer(work, await service.hold_subscription(work, subscription_id, version))


@router.delete(
    "/webhooks/{subscription_id}",
    summary="Revoke a webhook",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def revoke_webhook(subscription_id: UUID, work: Work, version: IfMatch) -> WebhookResponse:
    """For ever: nothing leaves for it any more. The feed keeps every event all the same."""
    revoked = await service.revoke_subscription(work, subscription_id, version)
    return await _answer(work, revoked)


@router.post(
    "/webhooks/{subscription_id}/test",
    summary="Send a test message",
    status_code=202,
    dependencies=MANAGE,
    responses=problems(404, 409),
)
async def send_test_message(subscription_id: UUID, work: Work) -> DeliveryResponse:
    """A signed `webhook.test`, by the same way as every event. What came of it stands in the
    delivery log."""
    delivery = await service.send_test(work, subscription_id)
    body = queries.delivery_body(delivery, [])
    return work.answer(202, DeliveryResponse.model_validate(body))


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
