"""Writes on subscriptions."""

from uuid import UUID

from sqlalchemy import select, update

from api.agencies.queries import get_agency
from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.event_types import EVENT_TYPES
from api.journal.priorities import Priority
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import events, queries
from api.webhooks.destinations import Refused, check_url
from api.webhooks.models import Delivery, Subscription
from api.webhooks.schemas import CreateWebhook
from api.webhooks.signing import Keys

MOST_SUBSCRIPTIONS = 20
_REASONS = {
    "malformed": "Not an address that can be called.",
    "not_https": "The address must be https.",
    "port": "The port must be 443.",
    "domain": "The host is not under a domain registered for the agency.",
}


async def create_subscription(work: UnitOfWork, body: CreateWebhook) -> tuple[Subscription, Keys]:
    """Starts now: what happens before its receiver is verified waits for it. The challenge goes
    out at once. Raises Invalid for a destination we do not call."""
    await _check_destination(work, body.url)
    _check_types(body.event_types)
    if len(await queries.list_subscriptions(work)) >= MOST_SUBSCRIPTIONS:
        raise Conflict(f"An agency has at most {MOST_SUBSCRIPTIONS} subscriptions.")
    keys, subscription_id = Keys.new(), new_id()
    ring, bound = work.runtime.keyring, f"subscriptions|{subscription_id}"
    end = await queries.inbox_end(work)
    subscription = Subscription(
        id=subscription_id,
        agency_id=work.agency_id,
        client_id=work.actor.client_id,
        url=body.url,
        event_types=sorted(set(body.event_types)),
        status="pending_verification",
        sealed_secret=ring.encrypt(keys.secret, f"{bound}|secret"),
        sealed_private_key=ring.encrypt(keys.private_key, f"{bound}|private_key"),
        public_key=keys.public_key,
        scanned_position=end,
        last_matched=end,
        version=1,
        created_at=work.now,
    )
    work.add(subscription)
    await work.session.flush()  # the challenge refers to it
    work.add(_challenge(work, subscription))
    work.record(events.CREATED, Subject("subscription", subscription_id), to=[work.agency_id])
    return subscription, keys


def _challenge(work: UnitOfWork, subscription: Subscription) -> Delivery:
    return Delivery(
        id=new_id(),
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        kind="verification",
        priority=Priority.URGENT,
        status="pending",
        due_at=work.now,
        first_due_at=work.now,
        attempts=0,
    )


async def _check_destination(work: UnitOfWork, url: str) -> None:
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
    subscription = await queries.get_subscription(work, subscription_id, lock=True)
    if subscription.version != version:
        raise PreconditionFailed
    if subscription.status == "revoked":
        raise Conflict("The subscription is revoked already.")
    subscription.status = "revoked"
    subscription.version += 1
    await work.session.execute(
        update(Delivery)
        .where(Delivery.subscription_id == subscription.id, Delivery.status == "pending")
        .values(status="cancelled", finished_at=work.now)
    )
    work.record(events.REVOKED, Subject("subscription", subscription.id), to=[work.agency_id])
    return subscription


async def activate_subscription(work: UnitOfWork, subscription_id: UUID) -> None:
    """By the worker, once the receiver has answered its challenge."""
    subscription = await work.session.scalar(
        select(Subscription)
        .where(Subscription.id == subscription_id, Subscription.status == "pending_verification")
        .with_for_update()
    )
    if subscription is None:
        return
    subscription.status = "active"
    subscription.version += 1
    about = Subject("subscription", subscription.id)
    work.record(events.ACTIVATED, about, to=[subscription.agency_id])
