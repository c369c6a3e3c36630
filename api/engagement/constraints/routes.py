"""What is hard to assess of a family, and why."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.engagement import queries
from api.engagement.constraints import service
from api.engagement.constraints.models import AssessmentConstraint
from api.engagement.constraints.schemas import (
    ConstraintList,
    ConstraintResponse,
    CorrectConstraint,
    RecordConstraint,
    constraint,
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
    "/families/{family_id}/assessment-constraints",
    summary="Record an assessment constraint",
    status_code=201,
    dependencies=RECORD,
    responses=CREATED,
)
async def record_constraint(
    family_id: UUID, body: RecordConstraint, work: Work
) -> ConstraintResponse:
    """What the caller's agency cannot assess, and why. Every agency involved is told; until it is
    resolved, it shows on the banner of the family."""
    return _answer(work, 201, await service.record_constraint(work, family_id, body))


@router.get(
    "/families/{family_id}/assessment-constraints",
    summary="List assessment constraints",
    dependencies=READ,
    responses=problems(404),
)
async def list_constraints(
    family_id: UUID,
    work: Work,
    resolved: Annotated[bool | None, Query(description="Only those resolved, or not.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ConstraintList:
    """Met by any agency, the latest first, resolved ones included unless left out."""
    conditions = queries.is_resolved(AssessmentConstraint, resolved)
    path = f"/v1/families/{family_id}/assessment-constraints"
    given = {"resolved": None if resolved is None else str(resolved).lower()}
    rows, following, headers = await page_of_family(
        work, KIND, family_id, path, given, conditions, cursor, limit
    )
    page = ConstraintList(items=[constraint(row) for row in rows], next=following)
    return work.answer(200, page, headers=headers)


@router.get(
    "/assessment-constraints/{constraint_id}",
    summary="Read an assessment constraint",
    dependencies=READ,
    responses=problems(404),
)
async def get_constraint(constraint_id: UUID, work: Work) -> ConstraintResponse:
    """As it stands now."""
    row = await queries.find(work, AssessmentConstraint, constraint_id)
    work.disclosed(KIND.about(row))
    return _answer(work, 200, row)


@router.get(
    "/assessment-constraints/{constraint_id}/versions",
    summary="What an assessment constraint said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_constraint_versions(constraint_id: UUID, work: Work) -> EngagementVersionList:
    """What it said until each correction, with who corrected it and why."""
    return work.answer(200, await versions_before(work, KIND, constraint_id))


@router.post(
    "/assessment-constraints/{constraint_id}/correct",
    summary="Correct an assessment constraint",
    dependencies=RECORD,
    responses=CORRECTED,
)
async def correct_constraint(
    constraint_id: UUID, body: CorrectConstraint, work: Work, version: IfMatch
) -> ConstraintResponse:
    """By the agency that meets it: the whole content anew, and why; also when it was included in
    the child's risk assessment since."""
    return _answer(work, 200, await service.correct_constraint(work, constraint_id, body, version))


@router.post(
    "/assessment-constraints/{constraint_id}/resolve",
    summary="Resolve an assessment constraint",
    dependencies=RECORD,
    responses=RESOLVED,
)
async def resolve_constraint(
    constraint_id: UUID, body: Resolve, work: Work, version: IfMatch
) -> ConstraintResponse:
    """By the agency that meets it; once it has left the family, by any agency involved."""
    return _answer(work, 200, await service.resolve_constraint(work, constraint_id, body, version))


def _answer(work: UnitOfWork, status: int, row: AssessmentConstraint) -> ConstraintResponse:
    headers = {"Location": f"/v1/assessment-constraints/{row.id}", **etag(row.version)}
    return work.answer(status, constraint(row), headers=headers, about=KIND.about(row))
