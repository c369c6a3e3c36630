"""Reflections: written, revised, and read by nobody but their author and the author's managers."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.engagement.reflections import queries, service
from api.engagement.reflections.schemas import (
    ReflectionList,
    ReflectionResponse,
    ReflectionVersionList,
    ReviseReflection,
    WriteReflection,
)
from api.families.queries import check_family
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, next_link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Reflections"])

IN_PERSON = [requires(Permission.REFLECTION_WRITE)]


@router.post(
    "/families/{family_id}/reflections",
    summary="Write a reflection",
    status_code=201,
    dependencies=IN_PERSON,
    responses=problems(404, 409, 422),
)
async def write_reflection(
    family_id: UUID, body: WriteReflection, work: Work
) -> ReflectionResponse:
    """The self-check against collusion, of one's own work with this family. Nobody is told of it,
    and it stands in no chronology."""
    return _answer(work, 201, await service.write_reflection(work, family_id, body))


@router.get("/families/{family_id}/reflections", dependencies=IN_PERSON, responses=problems(404))
async def list_reflections(
    family_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> ReflectionList:
    """One's own, newest first; for a manager those of the agency."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/reflections"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    rows, following = await queries.list_reflections(work, family_id, cursors, cursor, limit)
    # Spoken of as a reflection, not as the family: that somebody looked is nobody else's either.
    shown = {"reflections": [str(each.id) for each, _ in rows]}
    subject = Subject("reflection", family_id, family_id)
    work.disclosed(subject, action="reflections.listed", details=shown)
    items = [queries.reflection_body(work, *row) for row in rows]
    link = {"Link": next_link(path, {"cursor": following, "limit": limit})}
    page = ReflectionList(items=items, next=following)
    return work.answer(200, page, headers=link if following else None)


@router.get("/reflections/{reflection_id}", dependencies=IN_PERSON, responses=problems(404))
async def get_reflection(reflection_id: UUID, work: Work) -> ReflectionResponse:
    """For its author and the managers of their agency; to anybody else, also of that agency, it is
    absent."""
    found = await queries.get_reflection(work, reflection_id)
    work.disclosed(service.about(found[0]))
    return _answer(work, 200, found)


@router.post(
    "/reflections/{reflection_id}/revise",
    summary="Revise a reflection",
    dependencies=IN_PERSON,
    responses=problems(404, 409, 412, 422, 428),
)
async def revise_reflection(
    reflection_id: UUID, body: ReviseReflection, work: Work, version: IfMatch
) -> ReflectionResponse:
    """By its author, in whole. What was written before is kept."""
    return _answer(work, 200, await service.revise_reflection(work, reflection_id, body, version))


@router.get(
    "/reflections/{reflection_id}/versions", dependencies=IN_PERSON, responses=problems(404)
)
async def list_reflection_versions(
    reflection_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> ReflectionVersionList:
    """What it says and said, the latest first."""
    path = f"/v1/reflections/{reflection_id}/versions"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    rows, following = await queries.list_versions(work, reflection_id, cursors, cursor, limit)
    work.disclosed(service.about(rows[0][0]), action="reflection.versions_read")
    items = [queries.version_body(work, version) for _, version in rows]
    link = {"Link": next_link(path, {"cursor": following, "limit": limit})}
    page = ReflectionVersionList(items=items, next=following)
    return work.answer(200, page, headers=link if following else None)


def _answer(work: UnitOfWork, status: int, found: queries.Row) -> ReflectionResponse:
    reflection, _ = found
    headers = etag(reflection.version)
    if status == 201:
        headers["Location"] = f"/v1/reflections/{reflection.id}"
    body = queries.reflection_body(work, *found)
    return work.answer(status, body, headers=headers, about=service.about(reflection))
