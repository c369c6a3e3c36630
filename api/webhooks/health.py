"""What came of attempts, kept as the health of their endpoints, and told to who must know.

The well, to whom everything was delivered, cost nothing here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from api.journal.event_types import EventType
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import breaker, events
from api.webhooks.breaker import Health, Outcome, Recent
from api.webhooks.mails.queueing import queue_mail
from api.webhooks.models import Attempt, Delivery, EndpointHealth, Subscription

GONE, THROTTLED = 410, 429
# Before it is one, and to where it was before.
_OF_NO_RECEIVER = ("verification", "moved")
_ATTEMPTED = ("active", "degraded")


async def note_outcomes(work: UnitOfWork, closed: Sequence[Any]) -> None:
    """`closed` are the attempts that were recorded, in the order in which they were made."""
    by_subscription: dict[UUID, list[Any]] = defaultdict(list)
    for each in closed:
        if each.kind not in _OF_NO_RECEIVER:
            by_subscription[each.subscription_id].append(each)
    troubled = {
        subscription_id
        for subscription_id, made in by_subscription.items()
        if any(each.outcome != "delivered" or not each.well for each in made)
    }
    if not troubled:
        return
    recent = await _recent(work, troubled)
    for subscription, kept in await _locked(work, troubled):
        _apply(work, subscription, kept, by_subscription[subscription.id], recent[subscription.id])


async def _locked(work: UnitOfWork, ids: set[UUID]) -> Sequence[Row[Subscription, EndpointHealth]]:
    found = await work.session.execute(
        select(Subscription, EndpointHealth)
        .join(EndpointHealth, EndpointHealth.subscription_id == Subscription.id)
        .where(Subscription.id.in_(ids), Subscription.status.in_(_ATTEMPTED))
        .order_by(Subscription.id)
        .with_for_update(key_share=True)
    )
    return found.all()


async def _recent(work: UnitOfWork, ids: set[UUID]) -> dict[UUID, Recent]:
    failed = func.count(Attempt.id).filter(Attempt.outcome != "delivered")
    rows = await work.session.execute(
        select(Attempt.subscription_id, func.count(Attempt.id), failed)
        .where(
            Attempt.subscription_id.in_(ids),
            Attempt.started_at > work.now - breaker.WINDOW,
        )
        .group_by(Attempt.subscription_id)
    )
    found = {each[0]: Recent(each[1], each[2]) for each in rows}
    return defaultdict(lambda: Recent(0, 0), found)


def _apply(
    work: UnitOfWork,
    subscription: Subscription,
    kept: EndpointHealth,
    made: Sequence[Any],
    recent: Recent,
) -> None:
    health = Health(**{each.name: getattr(kept, each.name) for each in fields(Health)})
    for each in made:
        health = breaker.after(health, _outcome(each), recent, work.now)
    _keep(kept, health)
    if any(each.http_status == GONE for each in made):
        hold(work, subscription, "gone")
    elif breaker.is_broken(health, work.now):
        hold(work, subscription, "broken")
    else:
        _show(work, subscription, health.degraded_at)


def _outcome(row: Any) -> Outcome:
    slow_for = None if row.slow_for is None else timedelta(seconds=row.slow_for)
    throttled = row.http_status == THROTTLED
    return Outcome(row.outcome == "delivered", row.started_at, throttled, slow_for)


def new_health(subscription: Subscription) -> EndpointHealth:
    return EndpointHealth(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        heartbeat_at=subscription.created_at + timedelta(seconds=subscription.heartbeat_seconds),
        **asdict(Health()),
    )


def _keep(kept: EndpointHealth, health: Health) -> None:
    for name, value in asdict(health).items():
        setattr(kept, name, value)


def _show(work: UnitOfWork, subscription: Subscription, degraded_at: datetime | None) -> None:
    """The status says whether it is degraded, and a change of that is told."""
    status = "active" if degraded_at is None else "degraded"
    if subscription.status == status:
        return
    if degraded_at is None:
        _change(work, subscription, status, events.RECOVERED)
        queue_mail(work, subscription.id, subscription.agency_id, "recovered")
    else:
        _change(work, subscription, status, events.DEGRADED)
        queue_mail(work, subscription.id, subscription.agency_id, "degraded", degraded_at)


def hold(work: UnitOfWork, subscription: Subscription, why: str) -> None:
    """Nothing leaves any more until somebody resumes it; everything waits, nothing is lost."""
    subscription.held_at = work.now
    subscription.held_why = why
    _change(work, subscription, "held", events.HELD)
    queue_mail(work, subscription.id, subscription.agency_id, "held")


async def restore(work: UnitOfWork, subscription: Subscription) -> None:
    """From the beginning: one message first."""
    await _begin_anew(work, subscription, Health(allowed=1, degraded_at=work.now))
    _change(work, subscription, "degraded", events.RESUMED)


async def forget(work: UnitOfWork, subscription: Subscription) -> None:
    """How another receiver did, and that it was held: there is a new one."""
    await _begin_anew(work, subscription, Health(allowed=1))


async def _begin_anew(work: UnitOfWork, subscription: Subscription, health: Health) -> None:
    """Everything that waits is due, and one message goes first."""
    kept = await work.session.get_one(EndpointHealth, subscription.id, with_for_update=True)
    _keep(kept, health)
    await work.session.execute(
        update(Delivery)
        .where(Delivery.subscription_id == subscription.id, Delivery.status == "pending")
        .values(due_at=work.now)
    )
    subscription.held_at = subscription.held_why = None


def _change(work: UnitOfWork, subscription: Subscription, status: str, told: EventType) -> None:
    subscription.status = status
    subscription.version += 1
    work.record(told, Subject("subscription", subscription.id), to=[subscription.agency_id])
