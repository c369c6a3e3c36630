"""That an agency cannot work with a family, and who covers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.engagement import queries
from api.engagement.inabilities import service
from api.engagement.inabilities.models import Inability
from api.engagement.inabilities.schemas import (
    CorrectInability,
    InabilityList,
    InabilityResponse,
    RecordInability,
    inability,
)
from api.engagement.routes import (
    CORRECTED,
    CREATED,
    READ,
    RECORD,
    RESOLVED,
    page_of_family,
    versions_before,
)
from api.engagement.schemas import EngagementVersionList, Resolve
from api.engagement.service import Kind
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Limit
from api.journal.dependencies import IfMatch, Work, etag
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Engagement"])

KIND: Kind = service.KIND


@router.post(
    "/families/{family_id}/engagement/inabilities",
    summary="Say that the agency cannot work with a family",
    status_code=201,
    dependencies=RECORD,
    responses=CREATED,
)
async def record_inability(family_id: UUID, body: RecordInability, work: Work) -> InabilityResponse:
    """Of the caller's own agency, with what the agencies must agree upon then. Every agency
    involved is told."""
    return _answer(work, 201, await service.record_inability(work, family_id, body))


@router.get(
    "/families/{family_id}/engagement/inabilities",
    summary="List which agencies cannot work with a family",
    dependencies=READ,
    responses=problems(404),
)
async def list_inabilities(
    family_id: UUID,
    work: Work,
    resolved: Annotated[bool | None, Query(description="Only those resolved, or not.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> InabilityList:
    """Of every agency, the latest first, resolved ones included unless left out."""
    conditions = queries.is_resolved(Inability, resolved)
    path = f"/v1/families/{family_id}/engagement/inabilities"
    given = {"resolved": None if resolved is None else str(resolved).lower()}
    rows, following, headers = await page_of_family(
        work, KIND, family_id, path, given, conditions, cursor, limit
    )
    page = InabilityList(items=[inability(row) for row in rows], next=following)
    return work.answer(200, page, headers=headers)


@router.get(
    "/engagement-inabilities/{inability_id}",
    summary="Read an inability",
    dependencies=READ,
    responses=problems(404),
)
async def get_inability(inability_id: UUID, work: Work) -> InabilityResponse:
    """As it stands now."""
    row = await queries.find(work, Inability, inability_id)
    work.disclosed(KIND.about(row))
    return _answer(work, 200, row)


@router.get(
    "/engagement-inabilities/{inability_id}/versions",
    summary="What an inability said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_inability_versions(inability_id: UUID, work: Work) -> EngagementVersionList:
    """What it said until each correction, with who corrected it and why."""
    return work.answer(200, await versions_before(work, KIND, inability_id))


@router.post(
    "/engagement-inabilities/{inability_id}/correct",
    summary="Correct an inability",
    dependencies=RECORD,
    responses=CORRECTED,
)
async def correct_inability(
    inability_id: UUID, body: CorrectInability, work: Work, version: IfMatch
) -> InabilityResponse:
    """By the agency concerned: the whole content anew, and why; also when more was agreed."""
    return _answer(work, 200, await service.correct_inability(work, inability_id, body, version))


@router.post(
    "/engagement-inabilities/{inability_id}/resolve",
    summary="Say that the agency can work with a family again",
    dependencies=RECORD,
    responses=RESOLVED,
)
async def resolve_inability(
    inability_id: UUID, body: Resolve, work: Work, version: IfMatch
) -> InabilityResponse:
    """By the agency concerned; once it has left the family, by any agency involved."""
    return _answer(work, 200, await service.resolve_inability(work, inability_id, body, version))


def _answer(work: UnitOfWork, status: int, row: Inability) -> InabilityResponse:
    headers = {"Location": f"/v1/engagement-inabilities/{row.id}", **etag(row.version)}
    return work.answer(status, inability(row), headers=headers, about=KIND.about(row))
