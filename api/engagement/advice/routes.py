"""Expert advice taken about a family."""

from uuid import UUID

from fastapi import APIRouter

from api.engagement import queries
from api.engagement.advice import service
from api.engagement.advice.models import ExpertAdvice
from api.engagement.advice.schemas import (
    AdviceList,
    AdviceResponse,
    CorrectAdvice,
    RecordAdvice,
    advice,
)
from api.engagement.routes import (
    CORRECTED,
    CREATED,
    READ,
    RECORD,
    page_of_family,
    versions_before,
)
from api.engagement.schemas import EngagementVersionList
from api.engagement.service import Kind
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Limit
from api.journal.dependencies import IfMatch, Work, etag
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Engagement"])

KIND: Kind = service.KIND


@router.post(
    "/families/{family_id}/engagement/expert-advice",
    summary="Record expert advice",
    status_code=201,
    dependencies=RECORD,
    responses=CREATED,
)
async def record_advice(family_id: UUID, body: RecordAdvice, work: Work) -> AdviceResponse:
    """What an expert advised, and of what function they are. Every agency involved reads it."""
    return _answer(work, 201, await service.record_advice(work, family_id, body))


@router.get(
    "/families/{family_id}/engagement/expert-advice",
    summary="List expert advice",
    dependencies=READ,
    responses=problems(404),
)
async def list_advice(
    family_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> AdviceList:
    """Taken by any agency, the latest day first."""
    path = f"/v1/families/{family_id}/engagement/expert-advice"
    rows, following, headers = await page_of_family(
        work, KIND, family_id, path, {}, [], cursor, limit
    )
    page = AdviceList(items=[advice(row) for row in rows], next=following)
    return work.answer(200, page, headers=headers)


@router.get(
    "/expert-advice/{advice_id}",
    summary="Read expert advice",
    dependencies=READ,
    responses=problems(404),
)
async def get_advice(advice_id: UUID, work: Work) -> AdviceResponse:
    """As it stands now."""
    row = await queries.find(work, ExpertAdvice, advice_id)
    work.disclosed(KIND.about(row))
    return _answer(work, 200, row)


@router.get(
    "/expert-advice/{advice_id}/versions",
    summary="What expert advice said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_advice_versions(advice_id: UUID, work: Work) -> EngagementVersionList:
    """What it said until each correction, with who corrected it and why."""
    return work.answer(200, await versions_before(work, KIND, advice_id))


@router.post(
    "/expert-advice/{advice_id}/correct",
    summary="Correct expert advice",
    dependencies=RECORD,
    responses=CORRECTED,
)
async def correct_advice(
    advice_id: UUID, body: CorrectAdvice, work: Work, version: IfMatch
) -> AdviceResponse:
    """By the agency that recorded it: the whole content anew, and why."""
    return _answer(work, 200, await service.correct_advice(work, advice_id, body, version))


def _answer(work: UnitOfWork, status: int, row: ExpertAdvice) -> AdviceResponse:
    headers = {"Location": f"/v1/expert-advice/{row.id}", **etag(row.version)}
    return work.answer(status, advice(row), headers=headers, about=KIND.about(row))
