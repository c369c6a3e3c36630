"""Writes on changes of an address: proposing and deciding one."""

from uuid import UUID

from sqlalchemy import update

from api.access.actor import Named
from api.foundation.errors import Conflict, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.event_types import EventType
from api.journal.priorities import Priority
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import events
from api.webhooks.health import forget
from api.webhooks.models import Delivery, Subscription, UrlChange
from api.webhooks.queries import get_subscription
from api.webhooks.service import challenge_of, changeable, check_destination, own_message
from api.webhooks.url_changes import queries
from api.webhooks.url_changes.schemas import DecideUrl, ProposeUrl


async def propose_url(work: UnitOfWork, subscription_id: UUID, body: ProposeUrl) -> UrlChange:
    """One at a time. Raises Invalid for a destination we do not call."""
    person = work.actor.in_person()
    subscription = await get_subscription(work, subscription_id, lock=True)
    if subscription.status == "revoked":
        raise Conflict("The subscription is revoked already.")
    await check_destination(work, body.url)
    if any(each.status == "proposed" for each in await queries.list_changes(work, subscription_id)):
        raise Conflict("Another address is proposed already: decide on that first.")
    change = UrlChange(
        id=new_id(),
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        url=body.url,
        reason=body.reason,
        status="proposed",
        proposed_at=work.now,
        proposed_by=person.id,
        proposed_by_name=person.name,
        decided_at=None,
        decided_by=None,
        decided_by_name=None,
        version=1,
    )
    work.add(change)
    _tell(work, subscription, events.URL_CHANGE_PROPOSED, change)
    return change


async def decide_url(
    work: UnitOfWork, subscription_id: UUID, change_id: UUID, body: DecideUrl, version: int
) -> UrlChange:
    """By another administrator than who proposed it. Approved, everything waits until the new
    address has answered its challenge; the old one is told."""
    subscription = await get_subscription(work, subscription_id, lock=True)
    change = await queries.lock_change(work, subscription_id, change_id)
    if change.version != version:
        raise PreconditionFailed
    if change.status != "proposed":
        raise Conflict("The change is decided.")
    person = work.actor.in_person()
    if person.is_same_as(Named(change.proposed_by, change.proposed_by_name)):
        raise Conflict("Another administrator than who proposed the address decides on it.")
    change.status = body.outcome
    change.decided_at = work.now
    change.decided_by, change.decided_by_name = person.id, person.name
    change.version += 1
    if body.outcome == "refused":
        _tell(work, subscription, events.URL_CHANGE_REFUSED, change)
        return change
    await changeable(work, subscription_id, subscription.version)
    await check_destination(work, change.url)
    await _redirect(work, subscription, change.url)
    _tell(work, subscription, events.URL_CHANGED, change)
    return change


async def _redirect(work: UnitOfWork, subscription: Subscription, url: str) -> None:
    """A challenge that is on its way elsewhere verifies nothing any more."""
    await work.session.execute(
        update(Delivery)
        .where(
            Delivery.subscription_id == subscription.id,
            Delivery.kind == "verification",
            Delivery.status.in_(("pending", "sending")),
        )
        .values(status="cancelled", finished_at=work.now)
    )
    await forget(work, subscription)
    farewell = own_message(work, subscription, "moved", Priority.ROUTINE)
    farewell.url = subscription.url
    subscription.url = url
    subscription.status = "pending_verification"
    subscription.version += 1
    work.add(farewell, challenge_of(work, subscription))


def _tell(
    work: UnitOfWork, subscription: Subscription, event: EventType, change: UrlChange
) -> None:
    details = {"url_change": str(change.id)}
    about = Subject("subscription", subscription.id)
    work.record(event, about, to=[work.agency_id], details=details)
