"""Break-glass: reading in an emergency without involvement, and answering for it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.families.break_glass import queries, service
from api.families.break_glass.models import BreakGlass
from api.families.break_glass.rules import State
from api.families.break_glass.schemas import (
    BreakGlassDetails,
    BreakGlassList,
    BreakGlassResponse,
    OpenBreakGlass,
    ReviewBreakGlass,
)
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Break-glass"])

PATH = "/v1/break-glass"
OPEN = [requires(Permission.FAMILY_BREAK_GLASS, quota="match", key_required=True)]
READ = [requires(Permission.BREAK_GLASS_READ)]
STATES = (
    "Only those in this state: `open` while it may be read under, `unreviewed` once that is over, "
    "`reviewed`. What waits for its review is in `open` and `unreviewed` together."
)


@router.post(
    "/families/{family_id}/break-glass",
    summary="Open a family in an emergency",
    status_code=201,
    dependencies=OPEN,
    responses=problems(404, 409, 422),
)
async def open_break_glass(family_id: UUID, body: OpenBreakGlass, work: Work) -> BreakGlassResponse:
    """For a practitioner whose agency is not involved, in person: for a few hours (by default 3)
    she reads the family's banner, and those of its alerts that are shared with everybody
    involved. Nothing else, and no change of anything. Her own agency and the one that leads the
    family are told at once, every read is marked, and information governance reviews it in time.
    Needs an `Idempotency-Key`."""
    return await _answer(work, 201, await service.open_break_glass(work, family_id, body))


@router.get("/break-glass", summary="List break-glass", dependencies=READ, responses=problems())
async def list_break_glass(
    work: Work,
    state: Annotated[State | None, Query(description=STATES)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> BreakGlassList:
    """Newest first: to information governance, those of its own agency's readers and those on
    families that its agency leads; to anybody else, their own."""
    query = f"{PATH}|{state}|{work.actor.practitioner_id}"
    cursors = Cursors(work.runtime.keyring, work.agency_id, query)
    items, following = await queries.list_page(work, cursors, cursor, limit, state)
    shown = [str(each.id) for each in items]
    work.note("break_glass.listed", None, details={"break_glasses": shown})
    headers = link(PATH, following, limit, {"state": state.value if state else None})
    return work.answer(200, BreakGlassList(items=items, next=following), headers=headers)


@router.get(
    "/break-glass/{break_glass_id}",
    summary="Read a break-glass",
    dependencies=READ,
    responses=problems(404),
)
async def get_break_glass(break_glass_id: UUID, work: Work) -> BreakGlassDetails:
    """Who opened which family, why, and what was shown under it."""
    found = await queries.details_of(work, break_glass_id)
    work.disclosed(Subject("break_glass", found.id, found.family_id, found.version))
    return work.answer(200, found, headers=etag(found.version))


@router.post(
    "/break-glass/{break_glass_id}/end",
    summary="End a break-glass",
    dependencies=[requires(Permission.FAMILY_BREAK_GLASS)],
    responses=problems(404, 409, 412, 428),
)
async def end_break_glass(break_glass_id: UUID, work: Work, version: IfMatch) -> BreakGlassResponse:
    """By the reader, as soon as it is no longer needed."""
    return await _answer(work, 200, await service.end_break_glass(work, break_glass_id, version))


@router.post(
    "/break-glass/{break_glass_id}/review",
    summary="Review a break-glass",
    dependencies=[requires(Permission.BREAK_GLASS_REVIEW)],
    responses=problems(404, 409, 412, 422, 428),
)
async def review_break_glass(
    break_glass_id: UUID, body: ReviewBreakGlass, work: Work, version: IfMatch
) -> BreakGlassResponse:
    """By information governance of the reader's agency or of the lead, never by the reader.
    Ends it where it is still open."""
    reviewed = await service.review_break_glass(work, break_glass_id, body, version)
    return await _answer(work, 200, reviewed)


async def _answer(work: UnitOfWork, status: int, grant: BreakGlass) -> BreakGlassResponse:
    await work.session.flush()
    body = await queries.body_of(work, grant.id)
    headers = etag(grant.version)
    if status == 201:
        headers["Location"] = f"{PATH}/{grant.id}"
    return work.answer(status, body, headers=headers, about=queries.about(grant))
