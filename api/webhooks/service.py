"""Writes on subscriptions."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from api.agencies.queries import get_agency
from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.foundation.sealing import row_of
from api.journal.event_types import EVENT_TYPES
from api.journal.priorities import Priority
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import events, queries
from api.webhooks.destinations import Refused, check_url
from api.webhooks.health import hold, new_health, restore
from api.webhooks.models import Delivery, ReplayJob, Subscription, SubscriptionKey
from api.webhooks.schemas import CreateWebhook, RotateKeys
from api.webhooks.signing import Keys

MOST_SUBSCRIPTIONS = 20
_REASONS = {
    "malformed": "Not an address that can be called.",
    "not_https": "The address must be https.",
    "port": "The port must be 443, or the one registered with the domain.",
    "domain": "The host is not under a domain registered for the agency.",
}


async def create_subscription(work: UnitOfWork, body: CreateWebhook) -> tuple[Subscription, Keys]:
    """Starts now: what happens before its receiver is verified waits for it. The challenge goes
    out at once. Raises Invalid for a destination we do not call."""
    await check_destination(work, body.url)
    _check_types(body.event_types)
    if len(await queries.list_subscriptions(work)) >= MOST_SUBSCRIPTIONS:
        raise Conflict(f"An agency has at most {MOST_SUBSCRIPTIONS} subscriptions.")
    subscription_id = new_id()
    end = await queries.inbox_end(work)
    subscription = Subscription(
        id=subscription_id,
        agency_id=work.agency_id,
        client_id=work.actor.client_id,
        url=body.url,
        event_types=sorted(set(body.event_types)),
        heartbeat_seconds=body.heartbeat_seconds,
        status="pending_verification",
        scanned_position=end,
        last_matched=end,
        version=1,
        created_at=work.now,
    )
    work.add(subscription)
    await work.session.flush()  # the challenge and the keys refer to it
    keys = _add_keys(work, subscription)
    work.add(challenge_of(work, subscription), new_health(subscription))
    work.record(events.CREATED, Subject("subscription", subscription_id), to=[work.agency_id])
    return subscription, keys


def _add_keys(work: UnitOfWork, subscription: Subscription) -> Keys:
    keys, ring, of = Keys.new(), work.runtime.keyring, {"subscription_id": subscription.id}
    work.add(
        SubscriptionKey(
            id=new_id(),
            subscription_id=subscription.id,
            agency_id=subscription.agency_id,
            sealed_secret=ring.encrypt(keys.secret, row_of(SubscriptionKey.sealed_secret, **of)),
            sealed_private_key=ring.encrypt(
                keys.private_key, row_of(SubscriptionKey.sealed_private_key, **of)
            ),
            public_key=keys.public_key,
            created_at=work.now,
            retires_at=None,
        )
    )
    return keys


async def rotate_keys(
    work: UnitOfWork, subscription_id: UUID, body: RotateKeys, version: int
) -> tuple[Subscription, Keys]:
    """New keys from now on, beside those before for so many days. Raises Conflict where two are
    live already: the receiver has yet to learn of the last ones."""
    subscription = await changeable(work, subscription_id, version)
    live = await queries.live_keys(work, [subscription_id])
    if len(live[subscription_id]) > 1 and body.overlap_days > 0:
        raise Conflict("Two pairs of keys are live already: rotate without an overlap, or later.")
    for each in live[subscription_id]:
        ends = work.now + timedelta(days=body.overlap_days)
        each.retires_at = min(each.retires_at or ends, ends)
    keys = _add_keys(work, subscription)
    subscription.version += 1
    work.record(events.KEYS_ROTATED, Subject("subscription", subscription.id), to=[work.agency_id])
    return subscription, keys


async def resume_subscription(
    work: UnitOfWork, subscription_id: UUID, version: int
) -> Subscription:
    """What is held is tried again, the urgent first, one at a time until one is taken. What had
    been given up is not sent by this: that is a replay."""
    subscription = await changeable(work, subscription_id, version)
    if subscription.status not in ("held", "degraded"):
        raise Conflict("Nothing is held back from this subscription.")
    await restore(work, subscription)
    return subscription


async def hold_subscription(work: UnitOfWork, subscription_id: UUID, version: int) -> Subscription:
    """By its owner, such as before its receiver is moved. Everything waits."""
    subscription = await changeable(work, subscription_id, version)
    if subscription.status not in ("active", "degraded"):
        raise Conflict("Only a subscription that messages are sent to is held.")
    hold(work, subscription, "by_owner")
    return subscription


async def changeable(work: UnitOfWork, subscription_id: UUID, version: int) -> Subscription:
    """Locked, and as the caller last read it. Raises Conflict for one that is revoked."""
    subscription = await queries.get_subscription(work, subscription_id, lock=True)
    if subscription.version != version:
        raise PreconditionFailed
    if subscription.status == "revoked":
        raise Conflict("The subscription is revoked already.")
    return subscription


async def send_test(work: UnitOfWork, subscription_id: UUID) -> Delivery:
    """Raises Conflict where nothing is sent to it."""
    subscription = await queries.get_subscription(work, subscription_id, lock=True)
    if subscription.status not in ("active", "degraded"):
        raise Conflict("Messages are sent only to a subscription that is active or degraded.")
    delivery = own_message(work, subscription, "test", Priority.ROUTINE)
    work.add(delivery)
    work.note("webhook.tested", Subject("subscription", subscription.id))
    return delivery


def challenge_of(work: UnitOfWork, subscription: Subscription) -> Delivery:
    return own_message(work, subscription, "verification", Priority.URGENT)


def own_message(
    work: UnitOfWork, subscription: Subscription, kind: str, priority: Priority
) -> Delivery:
    return Delivery(
        id=new_id(),
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        kind=kind,
        priority=priority,
        status="pending",
        due_at=work.now,
        first_due_at=work.now,
        attempts=0,
    )


async def check_destination(work: UnitOfWork, url: str) -> None:
    agency = await get_agency(work, work.agency_id)
    loopback = work.runtime.settings.allow_loopback_webhooks
    try:
        check_url(url, agency.webhook_domains, loopback_allowed=loopback)
    except Refused as refused:
        raise Invalid.field("/url", refused.reason, _REASONS[refused.reason]) from None


def _check_types(patterns: list[str]) -> None:
    subjects = {name.split(".")[0] for name in EVENT_TYPES}
    for index, pattern in enumerate(patterns):
        subject, verb = pattern.split(".")
        known = subject in subjects if verb == "*" else pattern in EVENT_TYPES
        if not known:
            raise Invalid.field(
                f"/event_types/{index}", "unknown_event_type", "No event is called so."
            )


async def revoke_subscription(
    work: UnitOfWork, subscription_id: UUID, version: int
) -> Subscription:
    """For ever. Nothing leaves for it any more."""
    subscription = await changeable(work, subscription_id, version)
    subscription.status = "revoked"
    subscription.version += 1
    # First what queues: a batch that is under way is seen when it has ended.
    await work.session.execute(
        update(ReplayJob)
        .where(ReplayJob.subscription_id == subscription.id, ReplayJob.status == "running")
        .values(status="cancelled", finished_at=work.now, version=ReplayJob.version + 1)
    )
    await work.session.execute(
        update(Delivery)
        .where(Delivery.subscription_id == subscription.id, Delivery.status == "pending")
        .values(status="cancelled", finished_at=work.now)
    )
    work.record(events.REVOKED, Subject("subscription", subscription.id), to=[work.agency_id])
    return subscription


async def lock_subscriptions(work: UnitOfWork, ids: Collection[UUID]) -> None:
    query = select(Subscription.id).where(Subscription.id.in_(ids)).order_by(Subscription.id)
    await work.session.execute(query.with_for_update(key_share=True))


async def activate_subscription(work: UnitOfWork, subscription_id: UUID) -> None:
    """By the worker, once the receiver has answered its challenge."""
    subscription = await work.session.scalar(
        select(Subscription)
        .where(Subscription.id == subscription_id, Subscription.status == "pending_verification")
        .with_for_update(key_share=True)
    )
    if subscription is None:
        return
    subscription.status = "active"
    subscription.version += 1
    about = Subject("subscription", subscription.id)
    work.record(events.ACTIVATED, about, to=[subscription.agency_id])
