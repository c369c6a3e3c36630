"""Reads of an agency's own attempts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select, tuple_

from api.foundation.paging import Cursors, cut
from api.journal.event_types import Entitlement, names_with, readable_now
from api.journal.models import Inbox
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.attempts.schemas import FAILED
from api.webhooks.models import Attempt, Delivery

_COLUMNS = (
    Attempt.id, Attempt.delivery_id, Attempt.number, Attempt.started_at, Attempt.duration_ms,
    Attempt.http_status, Attempt.outcome,
)  # fmt: skip
# Written into the statement: only so does PostgreSQL see that the index of failures serves it.
_UNTAKEN = Attempt.outcome != literal("delivered", literal_execute=True)


@dataclass(frozen=True)
class Wanted:
    """The filters that were given."""

    outcome: str | None
    delivery_id: UUID | None

    @property
    def given(self) -> dict[str, str | int | list[str] | None]:
        """As the query string has them."""
        delivery = None if self.delivery_id is None else str(self.delivery_id)
        return {"outcome": self.outcome, "delivery_id": delivery}

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.delivery_id is not None:
            found.append(Attempt.delivery_id == self.delivery_id)
        if self.outcome not in (None, "delivered"):
            found.append(_UNTAKEN)
        if self.outcome not in (None, FAILED):
            found.append(Attempt.outcome == self.outcome)
        return found


async def list_attempts(
    work: UnitOfWork,
    subscription_id: UUID,
    wanted: Wanted,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """Newest first."""
    page = newest(subscription_id, work.agency_id, wanted).limit(limit + 1)
    if cursor is not None:
        started_at, last_id = cursors.read(cursor)
        last = (datetime.fromisoformat(str(started_at)), int(last_id))
        page = page.where(tuple_(Attempt.started_at, Attempt.id) < last)
    rows = list(await work.session.execute(_with_messages(work, page)))
    return cut(rows, limit, cursors, lambda last: (last.started_at.isoformat(), last.id))


def newest(subscription_id: UUID, agency_id: UUID, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .where(
            Attempt.subscription_id == subscription_id,
            Attempt.agency_id == agency_id,
            *wanted.conditions(),
        )
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
    )


def _with_messages(work: UnitOfWork, page: Select[*tuple[Any, ...]]) -> Select[Any]:
    """Each with what it carried. The page is taken first: whether an event may be read is asked
    only of the few that are on it."""
    few = page.subquery().c
    readable = readable_now(work.agency_id, Inbox.type, Inbox.resource_type, Inbox.resource_id)
    receipts = [literal(name) for name in names_with(Entitlement.RECEIPT)]
    itself = and_(Inbox.event_id.is_not(None), or_(readable, Inbox.type.in_(receipts)))
    message_id = case((itself, Inbox.event_id), else_=few.delivery_id).label("message_id")
    return (
        select(*few, Delivery.kind, Delivery.priority, Delivery.position, message_id)
        .join(Delivery, Delivery.id == few.delivery_id)
        .outerjoin(
            Inbox,
            and_(Inbox.agency_id == Delivery.agency_id, Inbox.position == Delivery.position),
        )
        .order_by(few.started_at.desc(), few.id.desc())
    )
