"""Sharing checks: the six questions, answered and read again."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.engagement.sharing_checks import queries, service
from api.engagement.sharing_checks.schemas import (
    AnswerSharingCheck,
    SharingCheckList,
    SharingCheckResponse,
)
from api.families.queries import check_family
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, next_link
from api.journal.dependencies import Work, requires

router = APIRouter(prefix="/v1", tags=["Sharing checks"])

IN_PERSON = [requires(Permission.SHARING_CHECK_ANSWER)]


@router.post(
    "/families/{family_id}/sharing-checks",
    summary="Answer the six questions",
    status_code=201,
    dependencies=IN_PERSON,
    responses=problems(404, 409, 422),
)
async def answer_sharing_check(
    family_id: UUID, body: AnswerSharingCheck, work: Work
) -> SharingCheckResponse:
    """By a practitioner in person. With any yes, the agency is obliged to share with every other
    agency involved: the obligation, without the answers, is for the whole agency to see."""
    check, obligation = await service.answer_check(work, family_id, body)
    answered = queries.check_body(work, check, obligation.id if obligation else None)
    headers = {"Location": f"/v1/sharing-checks/{check.id}"}
    subject = service.about(check.id, family_id)
    return work.answer(201, answered, headers=headers, about=subject)


@router.get("/families/{family_id}/sharing-checks", dependencies=IN_PERSON, responses=problems(404))
async def list_sharing_checks(
    family_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> SharingCheckList:
    """One's own, newest first; for a manager those of the agency."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/sharing-checks"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    items, following = await queries.list_checks(work, family_id, cursors, cursor, limit)
    # Spoken of as a check, not as the family: that somebody looked is nobody else's either.
    shown = {"sharing_checks": [str(each.id) for each in items]}
    subject = service.about(family_id, family_id)
    work.disclosed(subject, action="sharing_checks.listed", details=shown)
    link = {"Link": next_link(path, {"cursor": following, "limit": limit})}
    page = SharingCheckList(items=items, next=following)
    return work.answer(200, page, headers=link if following else None)


@router.get("/sharing-checks/{sharing_check_id}", dependencies=IN_PERSON, responses=problems(404))
async def get_sharing_check(sharing_check_id: UUID, work: Work) -> SharingCheckResponse:
    """For the practitioner who answered and the managers of their agency; to anybody else, also
    of that agency, it is absent."""
    check = await queries.get_check(work, sharing_check_id)
    subject = service.about(check.id, check.family_id)
    work.disclosed(subject)
    return work.answer(200, check, about=subject)
