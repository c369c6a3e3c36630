"""Families: match, register, read, and what is added to the record."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.families import queries, service
from api.families.schemas import (
    AddIdentifier,
    AddressBody,
    EndAddress,
    FamilyList,
    FamilyResponse,
    FamilySummary,
    Match,
    MatchFamilies,
    MatchList,
    MemberBody,
    RegisterFamily,
)
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Families"])

READ = [requires(Permission.FAMILY_READ)]
UPDATE = [requires(Permission.FAMILY_UPDATE)]
IDENTIFY = [requires(Permission.FAMILY_UPDATE, quota="match")]  # its 409 matches as well


@router.post(
    "/families/match",
    dependencies=[requires(Permission.FAMILY_MATCH, quota="match")],
    responses=problems(422),
)
async def match_families(body: MatchFamilies, work: Work) -> MatchList:
    """By exact identifiers, or by name, birth date and postcode together; 422 for less than
    either. Answers ids and join tokens, and nothing else; every match is audited and has a
    quota."""
    found = await service.match_families(work, body)
    return work.answer(200, MatchList(items=[Match.model_validate(each) for each in found]))


@router.post(
    "/families",
    summary="Register a family",
    status_code=201,
    dependencies=[requires(Permission.FAMILY_REGISTER, quota="match")],
    responses=problems(409, 422),
)
async def register_family(body: RegisterFamily, work: Work) -> FamilyResponse:
    """The caller's agency is the first to be involved, and leads. When a child of the family is
    on a record already: 409 `family_exists` with its `family_id` and a `join_token`."""
    family = await service.register_family(work, body)
    return await _answer(work, 201, family.id)


@router.get("/families", dependencies=READ, responses=problems())
async def list_families(
    work: Work,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> FamilyList:
    """The families the caller's agency is involved with, in the order it joined them."""
    cursors = Cursors(work.runtime.keyring, work.agency_id, "families")
    rows, following = await queries.list_families(work, cursors, cursor, limit)
    page = FamilyList(
        items=[FamilySummary.model_validate(row, from_attributes=True) for row in rows],
        next=following,
    )
    work.note("families.listed", None, details={"count": len(rows)})
    return work.answer(200, page, headers=link("/v1/families", following, limit))


@router.get(
    "/families/{family_id}", summary="Read a family", dependencies=READ, responses=problems(404)
)
async def get_family(family_id: UUID, work: Work) -> FamilyResponse:
    """Members, addresses, identifiers and every involved agency, while one's own is."""
    family = await queries.get_family(work, family_id)
    work.disclosed(service.about(family))
    body = await queries.family_body(work, family)
    return work.answer(200, body, headers=etag(family.version))


@router.post(
    "/families/{family_id}/members",
    summary="Add a member",
    status_code=201,
    dependencies=IDENTIFY,
    responses=problems(404, 409, 422),
)
async def add_member(family_id: UUID, body: MemberBody, work: Work) -> FamilyResponse:
    """Another child, adult or unborn child of the family."""
    family = await service.add_member(work, family_id, body)
    return await _answer(work, 201, family.id)


@router.post(
    "/families/{family_id}/addresses",
    summary="Add an address",
    status_code=201,
    dependencies=UPDATE,
    responses=problems(404, 409, 422),
)
async def add_address(family_id: UUID, body: AddressBody, work: Work) -> FamilyResponse:
    """Where the family lives, lived or will live."""
    family = await service.add_address(work, family_id, body)
    return await _answer(work, 201, family.id)


@router.post(
    "/families/{family_id}/addresses/{address_id}/end",
    summary="End an address",
    dependencies=UPDATE,
    responses=problems(404, 409, 412, 422, 428),
)
async def end_address(
    family_id: UUID, address_id: UUID, body: EndAddress, work: Work, version: IfMatch
) -> FamilyResponse:
    """The family moves out, at most a year from now. `If-Match` names the family's version."""
    family = await service.end_address(work, family_id, address_id, body, version)
    return await _answer(work, 200, family.id)


@router.post(
    "/families/{family_id}/identifiers",
    summary="Add an identifier",
    status_code=201,
    dependencies=IDENTIFY,
    responses=problems(404, 409, 422),
)
async def add_identifier(family_id: UUID, body: AddIdentifier, work: Work) -> FamilyResponse:
    """What another system calls a member: NHS number, UPN, or the agency's own id."""
    family = await service.add_identifier(work, family_id, body)
    return await _answer(work, 201, family.id)


async def _answer(work: UnitOfWork, status: int, family_id: UUID) -> FamilyResponse:
    family = await queries.get_family(work, family_id)
    body = await queries.family_body(work, family)
    headers = {"Location": f"/v1/families/{family.id}", **etag(family.version)}
    return work.answer(status, body, headers=headers, about=service.about(family))
