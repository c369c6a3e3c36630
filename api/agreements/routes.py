"""Written agreements: draw up, read, change, review, replace, hand over, end."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.agreements import queries, service
from api.agreements.rules import AgreementStatus
from api.agreements.schemas import (
    AgreementList,
    AgreementResponse,
    AgreementVersionList,
    AgreementVersionResponse,
    ChangeAgreement,
    DraftAgreement,
    EndAgreement,
    HandOverAgreement,
    ReplaceAgreement,
    ReviewAgreement,
    StepList,
    StepResponse,
)
from api.families.queries import check_family
from api.foundation.calendar import london_date
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, next_link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Agreements"])

READ = [requires(Permission.AGREEMENT_READ)]
RECORD = [requires(Permission.AGREEMENT_RECORD)]
CHANGE = problems(404, 409, 412, 422, 428)
Statuses = Annotated[list[AgreementStatus], Query(description="Only agreements of these statuses.")]


@router.post(
    "/families/{family_id}/agreements",
    summary="Draw up a written agreement",
    status_code=201,
    dependencies=RECORD,
    responses=problems(404, 409, 422),
)
async def draft_agreement(family_id: UUID, body: DraftAgreement, work: Work) -> AgreementResponse:
    """What behaviour is not accepted, that it counts in the child's risk assessment, and what
    follows where it goes on. Every involved agency knows it from now on."""
    agreement = await service.draft_agreement(work, family_id, body)
    return await answer_agreement(work, 201, agreement.id)


@router.get(
    "/families/{family_id}/agreements",
    summary="List a family's agreements",
    dependencies=READ,
    responses=problems(404),
)
async def list_agreements(
    family_id: UUID,
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AgreementList:
    """Newest first, those that are over included."""
    await check_family(work, family_id)
    statuses = [each.value for each in status]
    path = f"/v1/families/{family_id}/agreements"
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{statuses}")
    rows, following = await queries.list_agreements(
        work, cursors, cursor, limit, family_id, statuses
    )
    details = {"agreements": [str(row.id) for row in rows]}
    work.note("agreements.listed", Subject("family", family_id, family_id), details=details)
    page = AgreementList(items=await _bodies(work, rows), next=following)
    link = {"Link": next_link(path, {"status": statuses, "cursor": following, "limit": limit})}
    return work.answer(200, page, headers=link if following else None)


@router.get(
    "/agreements/{agreement_id}",
    summary="Read an agreement",
    dependencies=READ,
    responses=problems(404),
)
async def get_agreement(agreement_id: UUID, work: Work) -> AgreementResponse:
    """What it says now, to whom that was given, and what they answered."""
    agreement = await queries.read_agreement(work, agreement_id)
    work.disclosed(queries.about(agreement))
    return await answer_agreement(work, 200, agreement_id)


@router.get(
    "/agreements/{agreement_id}/versions",
    summary="What an agreement said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_agreement_versions(agreement_id: UUID, work: Work) -> AgreementVersionList:
    """All of its contents, oldest first; the last is the present one."""
    agreement = await queries.read_agreement(work, agreement_id)
    work.disclosed(queries.about(agreement), action="agreement.versions_read")
    found = await queries.list_versions(work, agreement_id)
    return work.answer(200, AgreementVersionList(items=[_version(each) for each in found]))


@router.get(
    "/agreements/{agreement_id}/steps",
    summary="What became of an agreement",
    dependencies=READ,
    responses=problems(404),
)
async def list_agreement_steps(agreement_id: UUID, work: Work) -> StepList:
    """Everything that was done about it, oldest first: who, when, with whom, and what was said."""
    agreement = await queries.read_agreement(work, agreement_id)
    work.disclosed(queries.about(agreement), action="agreement.steps_read")
    found = await queries.list_steps(work, agreement_id)
    return work.answer(200, StepList(items=[_step(each) for each in found]))


@router.post(
    "/agreements/{agreement_id}/change",
    summary="Change a draft",
    dependencies=RECORD,
    responses=CHANGE,
)
async def change_agreement(
    agreement_id: UUID, body: ChangeAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner, while nobody has signed it: a new version, to be given anew. What is in force
    is changed at a review."""
    await service.change_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)


@router.post(
    "/agreements/{agreement_id}/review",
    summary="Record a review of an agreement",
    dependencies=RECORD,
    responses=CHANGE,
)
async def review_agreement(
    agreement_id: UUID, body: ReviewAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner. It goes on until the next review (`continue`), says something else, which is
    to be given and signed anew (`change`), or ends (`end`)."""
    await service.review_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)


@router.post(
    "/agreements/{agreement_id}/replace",
    summary="Replace an agreement",
    status_code=201,
    dependencies=RECORD,
    responses=CHANGE,
)
async def replace_agreement(
    agreement_id: UUID, body: ReplaceAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner. Answers the new draft. What is in force stays so until the new one is signed;
    what is not, is replaced at once."""
    agreement = await service.replace_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 201, agreement.id)


@router.post(
    "/agreements/{agreement_id}/end",
    summary="End an agreement",
    dependencies=RECORD,
    responses=CHANGE,
)
async def end_agreement(
    agreement_id: UUID, body: EndAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner, for good. Its history stays."""
    await service.end_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)


@router.post(
    "/agreements/{agreement_id}/hand-over",
    summary="Hand an agreement over",
    dependencies=RECORD,
    responses=CHANGE,
)
async def hand_over_agreement(
    agreement_id: UUID, body: HandOverAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """Another involved agency answers for it from now on, such as before the owner leaves; also
    for the one that is to replace it. Decided by a person, never by a system."""
    await service.hand_over_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)


async def answer_agreement(work: UnitOfWork, status: int, agreement_id: UUID) -> AgreementResponse:
    """The agreement as its readers see it, with its ETag."""
    await work.session.flush()
    agreement = await queries.read_agreement(work, agreement_id)
    [body] = await _bodies(work, [agreement])
    headers = etag(agreement.version)
    if status == 201:
        headers["Location"] = f"/v1/agreements/{agreement.id}"
    return work.answer(status, body, headers=headers, about=queries.about(agreement))


async def _bodies(work: UnitOfWork, rows: list[Any]) -> list[AgreementResponse]:
    steps = await queries.with_family(work, [row.id for row in rows])
    today = london_date(work.now)
    bodies = (queries.agreement_body(row, steps[row.id], today) for row in rows)
    return [AgreementResponse.model_validate(each) for each in bodies]


def _version(version: Any) -> AgreementVersionResponse:
    body = {name: getattr(version, name) for name in ("number", "content", "at")}
    body["by"] = queries.person(version.by_name, version.by_job_title)
    return AgreementVersionResponse.model_validate(body)


def _step(step: Any) -> StepResponse:
    body = {name: getattr(step, name) for name in StepResponse.model_fields.keys() - {"by"}}
    named = step.by_name is not None
    body["by"] = queries.person(step.by_name, step.by_job_title) if named else None
    return StepResponse.model_validate(body)
