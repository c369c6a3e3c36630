"""Reads of an agency's own subscriptions and deliveries."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select, tuple_, union_all

from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, cut
from api.journal.models import InboxCounter
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.models import Attempt, Delivery, EndpointHealth, Subscription, SubscriptionKey


async def list_subscriptions(work: UnitOfWork) -> list[Subscription]:
    found = await work.session.scalars(
        select(Subscription)
        .where(Subscription.agency_id == work.agency_id, Subscription.status != "revoked")
        .order_by(Subscription.id)
    )
    return list(found)


async def get_subscription(
    work: UnitOfWork, subscription_id: UUID, *, lock: bool = False
) -> Subscription:
    """With `lock` until the commit. Raises NotFound for what is absent or another agency's."""
    query = select(Subscription).where(
        Subscription.id == subscription_id, Subscription.agency_id == work.agency_id
    )
    found = await work.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound
    return found


async def live_keys(
    work: UnitOfWork, subscription_ids: Collection[UUID]
) -> dict[UUID, list[SubscriptionKey]]:
    """Of each subscription, the newest first."""
    rows = await work.session.scalars(
        select(SubscriptionKey)
        .where(
            SubscriptionKey.subscription_id.in_(subscription_ids),
            SubscriptionKey.agency_id == work.agency_id,
            or_(SubscriptionKey.retires_at.is_(None), SubscriptionKey.retires_at > work.now),
        )
        .order_by(SubscriptionKey.created_at.desc(), SubscriptionKey.id.desc())
    )
    found: dict[UUID, list[SubscriptionKey]] = defaultdict(list)
    for each in rows:
        found[each.subscription_id].append(each)
    return found


async def health_of(
    work: UnitOfWork, subscription_ids: Collection[UUID]
) -> dict[UUID, EndpointHealth]:
    rows = await work.session.scalars(
        select(EndpointHealth).where(
            EndpointHealth.subscription_id.in_(subscription_ids),
            EndpointHealth.agency_id == work.agency_id,
        )
    )
    return {each.subscription_id: each for each in rows}


async def progress(work: UnitOfWork, subscription_id: UUID) -> Any:
    """How far one subscription has come. Each by an index: its deliveries are never all read."""
    own = (
        Delivery.subscription_id == subscription_id,
        Delivery.agency_id == work.agency_id,
        Delivery.position.is_not(None),
    )

    def last(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        found = select(Delivery.position).where(*own, condition)
        return found.order_by(Delivery.position.desc()).limit(1).scalar_subquery()

    waiting = union_all(
        *(
            select(Delivery.first_due_at).where(*own, Delivery.status == status)
            for status in ("pending", "sending")
        )
    ).subquery()
    given_up = select(func.count(Delivery.id)).where(*own, Delivery.status == "undeliverable")
    row = await work.session.execute(
        select(
            last(Delivery.attempts > 0).label("last_sent"),
            last(Delivery.status == "delivered").label("last_confirmed"),
            func.count(waiting.c.first_due_at).label("waiting"),
            func.min(waiting.c.first_due_at).label("waiting_since"),
            given_up.scalar_subquery().label("undeliverable"),
        )
    )
    return row.one()


async def recent_attempts(work: UnitOfWork, subscription_id: UUID) -> list[Attempt]:
    """The last ten, the newest first."""
    found = await work.session.scalars(
        select(Attempt)
        .where(Attempt.subscription_id == subscription_id, Attempt.agency_id == work.agency_id)
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(10)
    )
    return list(found)


async def inbox_end(work: UnitOfWork) -> int:
    found = await work.session.scalar(
        select(InboxCounter.last_position).where(InboxCounter.agency_id == work.agency_id)
    )
    return found or 0


async def list_deliveries(
    work: UnitOfWork, subscription_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The delivery log, newest first, with every attempt."""
    query = (
        select(Delivery)
        .where(Delivery.subscription_id == subscription_id, Delivery.agency_id == work.agency_id)
        .order_by(Delivery.first_due_at.desc(), Delivery.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        first_due_at, last_id = (str(part) for part in cursors.read(cursor))
        last = (datetime.fromisoformat(first_due_at), UUID(last_id))
        query = query.where(tuple_(Delivery.first_due_at, Delivery.id) < last)
    rows = list(await work.session.scalars(query))
    page, more = cut(
        rows, limit, cursors, lambda last: (last.first_due_at.isoformat(), str(last.id))
    )
    attempts = await _attempts(work, [row.id for row in page])
    return [delivery_body(row, attempts[row.id]) for row in page], more


async def _attempts(work: UnitOfWork, deliveries: list[UUID]) -> dict[UUID, list[Attempt]]:
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    query = select(Attempt).where(Attempt.delivery_id.in_(deliveries)).order_by(Attempt.id)
    for each in await work.session.scalars(query):
        found[each.delivery_id].append(each)
    return found


def delivery_body(delivery: Delivery, attempts: list[Attempt]) -> dict[str, Any]:
    shown = ("id", "kind", "priority", "position", "status", "due_at")
    return {name: getattr(delivery, name) for name in shown} | {"attempts": attempts}
