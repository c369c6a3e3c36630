"""Attempts of a subscription of the caller's agency."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.foundation.schemas import Id
from api.journal.dependencies import Work, requires
from api.webhooks.attempts import queries
from api.webhooks.attempts.queries import Wanted
from api.webhooks.attempts.schemas import AttemptList, ListedAttempt, Outcome
from api.webhooks.queries import get_subscription

router = APIRouter(prefix="/v1/webhooks/{subscription_id}", tags=["Webhooks"])


def wanted(
    outcome: Annotated[
        Outcome | None, Query(description="Only these; `failed` is every one but `delivered`.")
    ] = None,
    delivery_id: Annotated[Id | None, Query(description="Of this delivery alone.")] = None,
) -> Wanted:
    """The filters of the query string."""
    return Wanted(outcome, delivery_id)


@router.get(
    "/attempts",
    summary="List the attempts of a webhook",
    dependencies=[requires(Permission.WEBHOOK_READ)],
    responses=problems(404),
)
async def list_attempts(
    subscription_id: UUID,
    work: Work,
    filters: Annotated[Wanted, Depends(wanted)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AttemptList:
    """Newest first: when, how long, and what came of it; never a body."""
    await get_subscription(work, subscription_id)
    path = f"/v1/webhooks/{subscription_id}/attempts"
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{filters.given}")
    found, following = await queries.list_attempts(
        work, subscription_id, filters, cursors, cursor, limit
    )
    items = [ListedAttempt.model_validate(each, from_attributes=True) for each in found]
    page = AttemptList(items=items, next=following)
    return work.answer(200, page, headers=link(path, following, limit, filters.given))
