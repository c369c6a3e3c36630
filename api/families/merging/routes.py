"""Merging: proposing that two records are one family, deciding, undoing."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.families.merging import queries, service
from api.families.merging.schemas import MergeList, MergeReason, MergeResponse, ProposeMerge
from api.families.models import FamilyMerge
from api.families.schemas import PractitionerName
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Involvement"])

READ = [requires(Permission.FAMILY_READ)]
MERGE = [requires(Permission.FAMILY_MERGE)]
DECISION = problems(404, 409, 412, 422, 428)


@router.post(
    "/families/{family_id}/merges",
    summary="Propose a merge",
    status_code=201,
    dependencies=MERGE,
    responses=problems(404, 409, 422),
)
async def propose_merge(family_id: UUID, body: ProposeMerge, work: Work) -> MergeResponse:
    """This record and another are one family. The other is named by a `join_token` of a match, or
    by its id where the agency is involved with it. Nothing changes until its lead agrees."""
    merge = await service.propose_merge(work, family_id, body)
    headers = {"Location": f"/v1/merges/{merge.id}", **etag(merge.version)}
    answer = _body(merge)
    return work.answer(201, answer, headers=headers, about=service.about(merge, family_id))


@router.get("/merges", dependencies=READ, responses=problems())
async def list_merges(
    work: Work,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MergeList:
    """Proposed and agreed ones of the records that the caller's agency leads, newest first."""
    cursors = Cursors(work.runtime.keyring, work.agency_id, "merges")
    rows, following = await queries.list_merges(work, cursors, cursor, limit)
    work.note("merges.listed", None, details={"count": len(rows)})
    page = MergeList(items=[_body(each) for each in rows], next=following)
    return work.answer(200, page, headers=link("/v1/merges", following, limit))


@router.get(
    "/merges/{merge_id}", summary="Read a merge", dependencies=READ, responses=problems(404)
)
async def get_merge(merge_id: UUID, work: Work) -> MergeResponse:
    """For the leads of both records."""
    merge = await queries.get_merge(work, merge_id)
    work.disclosed(service.about(merge, await queries.own_side(work, merge)))
    return work.answer(200, _body(merge), headers=etag(merge.version))


@router.post(
    "/merges/{merge_id}/agree", summary="Agree to a merge", dependencies=MERGE, responses=DECISION
)
async def agree_to_merge(
    merge_id: UUID, body: MergeReason, work: Work, version: IfMatch
) -> MergeResponse:
    """By a manager of the other record's lead. One record points at the other from now on; each
    keeps its own audience."""
    merge = await service.agree_to_merge(work, merge_id, body.reason, version)
    return await _answer(work, merge)


@router.post(
    "/merges/{merge_id}/decline", summary="Decline a merge", dependencies=MERGE, responses=DECISION
)
async def decline_merge(
    merge_id: UUID, body: MergeReason, work: Work, version: IfMatch
) -> MergeResponse:
    """By a manager of either lead: they stay two families."""
    merge = await service.decline_merge(work, merge_id, body.reason, version)
    return await _answer(work, merge)


@router.post(
    "/merges/{merge_id}/undo", summary="Undo a merge", dependencies=MERGE, responses=DECISION
)
async def undo_merge(
    merge_id: UUID, body: MergeReason, work: Work, version: IfMatch
) -> MergeResponse:
    """By a manager of either lead, at any time. What was written on the survivor stays there."""
    merge = await service.undo_merge(work, merge_id, body.reason, version)
    return await _answer(work, merge)


async def _answer(work: UnitOfWork, merge: FamilyMerge) -> MergeResponse:
    side = await queries.own_side(work, merge)
    headers = etag(merge.version)
    return work.answer(200, _body(merge), headers=headers, about=service.about(merge, side))


def _body(merge: FamilyMerge) -> MergeResponse:
    author = PractitionerName(name=merge.author_name, job_title=merge.author_job_title)
    own = MergeResponse.model_fields.keys() - {"author"}
    return MergeResponse(author=author, **{name: getattr(merge, name) for name in own})
