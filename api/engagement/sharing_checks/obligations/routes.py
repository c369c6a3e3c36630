"""Obligations to share: what the agency owes, and how it is met."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.engagement.sharing_checks.obligations import queries, service
from api.engagement.sharing_checks.obligations.rules import ObligationStatus
from api.engagement.sharing_checks.obligations.schemas import (
    DischargeObligation,
    ObligationList,
    ObligationResponse,
)
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, next_link
from api.journal.dependencies import IfMatch, Work, etag, requires

router = APIRouter(prefix="/v1/sharing-obligations", tags=["Sharing checks"])

READ = [requires(Permission.ENGAGEMENT_READ)]


@router.get("", dependencies=READ, responses=problems())
async def list_sharing_obligations(
    work: Work,
    status: Annotated[
        list[ObligationStatus], Query(description="Only those of these statuses.")
    ] = [],  # noqa: B006 (FastAPI copies it)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ObligationList:
    """What the agency owes and has owed, newest first: with whom it must share, and until when. The
    answers that oblige to it are not here."""
    statuses = [each.value for each in status]
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"sharing-obligations|{statuses}")
    rows, following = await queries.list_obligations(work, cursors, cursor, limit, statuses)
    owed = await queries.owed_to(work, {row.family_id for row in rows})
    items = [queries.obligation_body(work, row, owed[row.family_id]) for row in rows]
    shown = {"sharing_obligations": [str(row.id) for row in rows]}
    work.note("sharing_obligations.listed", None, details=shown)
    query = {"status": statuses, "cursor": following, "limit": limit}
    link = {"Link": next_link("/v1/sharing-obligations", query)}
    page = ObligationList(items=items, next=following)
    return work.answer(200, page, headers=link if following else None)


@router.get("/{obligation_id}", dependencies=READ, responses=problems(404))
async def get_sharing_obligation(obligation_id: UUID, work: Work) -> ObligationResponse:
    """For the agency that owes it."""
    obligation = await queries.get_obligation(work, obligation_id)
    owed = await queries.owed_to(work, [obligation.family_id])
    subject = service.about(obligation)
    work.disclosed(subject)
    body = queries.obligation_body(work, obligation, owed[obligation.family_id])
    return work.answer(200, body, headers=etag(obligation.version), about=subject)


@router.post(
    "/{obligation_id}/discharge",
    summary="Discharge an obligation to share",
    dependencies=[requires(Permission.SHARING_CHECK_ANSWER)],
    responses=problems(404, 409, 412, 422, 428),
)
async def discharge_obligation(
    obligation_id: UUID, body: DischargeObligation, work: Work, version: IfMatch
) -> ObligationResponse:
    """By an alert or an incident that reaches everybody who must be told; or by a manager, other
    than who answered the questions, who says why it is not shared."""
    obligation, owed = await service.discharge_obligation(work, obligation_id, body, version)
    answered = queries.obligation_body(work, obligation, owed)
    headers = etag(obligation.version)
    return work.answer(200, answered, headers=headers, about=service.about(obligation))
