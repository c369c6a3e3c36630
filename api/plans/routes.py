"""Plans: read, review, share, hand over. Meetings draw them up."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.families.queries import check_family
from api.foundation.calendar import london_date
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork
from api.plans import queries, service
from api.plans.reviews import service as reviews
from api.plans.rules import PlanKind, PlanStatus
from api.plans.schemas import (
    HandOverPlan,
    PlanList,
    PlanResponse,
    PlanReviewList,
    PlanReviewResponse,
    PlanVersionList,
    PlanVersionResponse,
    ReviewPlan,
    SharePlan,
)

router = APIRouter(prefix="/v1", tags=["Meetings"])

READ = [requires(Permission.PLAN_READ)]
REVIEW = [requires(Permission.PLAN_REVIEW)]
CHANGE = problems(404, 409, 412, 422, 428)
Statuses = Annotated[list[PlanStatus], Query(description="Only plans of these statuses.")]
Kinds = Annotated[list[PlanKind], Query(description="Only plans of these kinds.")]


@router.get(
    "/families/{family_id}/plans",
    summary="List a family's plans",
    dependencies=READ,
    responses=problems(404),
)
async def list_plans(
    family_id: UUID,
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    kind: Kinds = [],  # noqa: B006 (the same)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PlanList:
    """Those that the caller's agency was given, newest first, those that are over included."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/plans"
    asked: dict[str, Any] = {
        "status": [each.value for each in status],
        "kind": [each.value for each in kind],
    }
    given: dict[str, Any] = {"family": family_id}
    given |= {"statuses": asked["status"]} if status else {}
    given |= {"kinds": asked["kind"]} if kind else {}
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{sorted(asked.items())}")
    rows, following = await queries.list_plans(work, cursors, cursor, limit, given)
    details = {"plans": [str(row.id) for row in rows]}
    work.note("plans.listed", Subject("family", family_id, family_id), details=details)
    page = PlanList(items=await _bodies(work, rows), next=following)
    return work.answer(200, page, headers=link(path, following, limit, asked))


@router.get(
    "/plans/{plan_id}",
    summary="Read a plan",
    dependencies=READ,
    responses=problems(404),
)
async def get_plan(plan_id: UUID, work: Work) -> PlanResponse:
    """What it says, who answers for it and who goes by it."""
    plan = await queries.read_plan(work, plan_id)
    work.disclosed(queries.about(plan))
    return await answer_plan(work, plan_id)


@router.get(
    "/plans/{plan_id}/versions",
    summary="List what a plan has said",
    dependencies=READ,
    responses=problems(404),
)
async def list_plan_versions(plan_id: UUID, work: Work) -> PlanVersionList:
    """Every content that it has had, the present one last."""
    plan = await queries.read_plan(work, plan_id)
    work.disclosed(queries.about(plan), action="plan.versions_read")
    alerts = await queries.alerts_named(work, [plan_id])
    found = await queries.list_versions(work, plan_id)
    items = [_version(plan.kind, each, alerts[plan_id, each.number]) for each in found]
    return work.answer(200, PlanVersionList(items=items))


@router.get(
    "/plans/{plan_id}/reviews",
    summary="List the reviews of a plan",
    dependencies=READ,
    responses=problems(404),
)
async def list_plan_reviews(plan_id: UUID, work: Work) -> PlanReviewList:
    """What each review found, oldest first."""
    plan = await queries.read_plan(work, plan_id)
    work.disclosed(queries.about(plan), action="plan.reviews_read")
    found = await queries.list_reviews(work, plan_id)
    return work.answer(200, PlanReviewList(items=[_review(each) for each in found]))


@router.post(
    "/plans/{plan_id}/review",
    summary="Record a review of a plan",
    dependencies=REVIEW,
    responses=CHANGE,
)
async def review_plan(
    plan_id: UUID, body: ReviewPlan, work: Work, version: IfMatch
) -> PlanResponse:
    """By the agency that answers for it, in person. It goes on until the next review (`continue`),
    says something else from now on (`change`), or ends (`end`)."""
    await reviews.review_plan(work, plan_id, body, version)
    return await answer_plan(work, plan_id)


@router.post(
    "/plans/{plan_id}/share",
    summary="Give a plan to another agency",
    dependencies=REVIEW,
    responses=CHANGE,
)
async def share_plan(plan_id: UUID, body: SharePlan, work: Work, version: IfMatch) -> PlanResponse:
    """By the agency that answers for it, in person, to another that is involved and has to go by
    it. Alerts that it names stay hidden from who does not read them."""
    await service.share_plan(work, plan_id, body, version)
    return await answer_plan(work, plan_id)


@router.post(
    "/plans/{plan_id}/hand-over",
    summary="Hand a plan over",
    dependencies=REVIEW,
    responses=CHANGE,
)
async def hand_over_plan(
    plan_id: UUID, body: HandOverPlan, work: Work, version: IfMatch
) -> PlanResponse:
    """Another agency that has the plan answers for it from now on, such as before the owner
    leaves."""
    await service.hand_over_plan(work, plan_id, body, version)
    return await answer_plan(work, plan_id)


async def answer_plan(work: UnitOfWork, plan_id: UUID) -> PlanResponse:
    """The plan as its readers see it, with its ETag."""
    await work.session.flush()
    plan = await queries.read_plan(work, plan_id)
    [body] = await _bodies(work, [plan])
    return work.answer(200, body, headers=etag(plan.version), about=queries.about(plan))


async def _bodies(work: UnitOfWork, rows: list[Any]) -> list[PlanResponse]:
    bodies = await queries.plan_bodies(work, rows, london_date(work.now))
    return [PlanResponse.model_validate(each) for each in bodies]


def _version(kind: str, version: Any, alert_ids: list[UUID]) -> PlanVersionResponse:
    body = {name: getattr(version, name) for name in ("number", "reason", "at")}
    body |= queries.content_body(kind, version.content, alert_ids)
    body["by"] = {"name": version.by_name, "job_title": version.by_job_title}
    return PlanVersionResponse.model_validate(body)


def _review(review: Any) -> PlanReviewResponse:
    names = PlanReviewResponse.model_fields.keys() - {"by"}
    body = {name: getattr(review, name) for name in names}
    body["by"] = {"name": review.by_name, "job_title": review.by_job_title}
    return PlanReviewResponse.model_validate(body)
