"""Reads of families. All start from `readable_by`: what is not readable is not found."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, Select, Uuid, bindparam, column, exists, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from api.families import rules
from api.families.access import involved, readable_by, readable_to
from api.families.models import (
    Address,
    Contest,
    Family,
    Identifier,
    Invitation,
    Involvement,
    Member,
)
from api.families.schemas import (
    AddressResponse,
    FamilyResponse,
    IdentifierResponse,
    InvolvementResponse,
    MatchAddress,
    MatchPerson,
    MemberResponse,
    PractitionerName,
)
from api.foundation.errors import Invalid, NotFound
from api.foundation.paging import Cursors, cut
from api.journal.unit_of_work import CALLER, OPENED, UnitOfWork

Row = TypeVar("Row", Contest, Invitation, Involvement, Member, Address)

_MATCH = text(
    "SELECT family_id, lead_agency_id FROM match_families(:identifiers, :people, :postcodes, "
    ":children_only)"
).bindparams(
    bindparam("identifiers", type_=JSONB),
    bindparam("people", type_=JSONB),
    bindparam("postcodes", type_=ARRAY(Text)),
)


_READABLE = select(Family.id).where(Family.id == bindparam("family"), readable_by(CALLER))
_SHOWN = select(Family.id).where(Family.id == bindparam("family"), readable_to(CALLER, OPENED))
_held = func.hold_family(bindparam("family", type_=Uuid())).table_valued(
    column("id", Uuid), column("merged_into_id", Uuid), name="held"
)
_HELD = select(_held.c.merged_into_id).where(involved(_held.c.id, CALLER))
_LOCK = select(func.lock_families(bindparam("families", type_=ARRAY(Uuid))))
_INVOLVED = select(Involvement.agency_id).where(
    Involvement.family_id == bindparam("family"), Involvement.until_at.is_(None)
)


async def check_family(work: UnitOfWork, family_id: UUID, *, under_glass: bool = False) -> None:
    """Raises NotFound for a family that the caller does not read. `under_glass` says that this
    is a read which break-glass opens."""
    query = _SHOWN if under_glass and work.actor.break_glass else _READABLE
    if not await work.fetch(query, family=family_id):
        raise NotFound


async def hold_family(work: UnitOfWork, family_id: UUID) -> UUID | None:
    """Nobody joins, leaves or merges the family away until the commit. Returns the record that it
    is merged into already, if any. Raises NotFound."""
    found = await work.fetch(_HELD, family=family_id)
    if not found:
        raise NotFound
    survivor: UUID | None = found[0].merged_into_id
    return survivor


async def lock_families(work: UnitOfWork, *family_ids: UUID) -> None:
    """Until the commit, through the door `lock_families`: nobody publishes there, joins or leaves
    meanwhile. Before any other lock on them is taken, or two would wait for each other."""
    await work.fetch(_LOCK, families=list(family_ids))


async def get_family(work: UnitOfWork, family_id: UUID, *, lock: bool = False) -> Family:
    """Raises NotFound. With `lock`, until the commit."""
    query = select(Family).where(Family.id == family_id, readable_by(work.agency_id))
    found = await work.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


async def check_in_family(
    work: UnitOfWork, model: type[Row], family_id: UUID, row_id: UUID
) -> None:
    """Raises NotFound for what is not a row of a readable family."""
    if not await work.fetch(_readable_row(model), family=family_id, row=row_id):
        raise NotFound


@cache
def _readable_row(model: type[Row]) -> Select[UUID]:
    within = exists(_READABLE.where(Family.id == model.family_id))
    return select(model.id).where(model.id == bindparam("row"), within)


async def get_in_family(work: UnitOfWork, model: type[Row], family_id: UUID, row_id: UUID) -> Row:
    """A row of a readable family. Raises NotFound."""
    found = await work.session.scalar(
        select(model)
        .join(Family, Family.id == model.family_id)
        .where(model.id == row_id, Family.id == family_id, readable_by(work.agency_id))
    )
    if found is None:
        raise NotFound
    return found


async def own_involvement(work: UnitOfWork, family_id: UUID) -> Involvement | None:
    found: Involvement | None = await work.session.scalar(
        select(Involvement).where(
            Involvement.family_id == family_id,
            Involvement.agency_id == work.agency_id,
            Involvement.until_at.is_(None),
        )
    )
    return found


async def active_involvement(work: UnitOfWork, family_id: UUID, agency_id: UUID) -> Involvement:
    """Of an agency that is involved now."""
    found = await work.session.scalars(
        select(Involvement).where(
            Involvement.family_id == family_id,
            Involvement.agency_id == agency_id,
            Involvement.until_at.is_(None),
        )
    )
    return found.one()


async def last_ended(work: UnitOfWork, family_id: UUID) -> datetime | None:
    """When the caller's last involvement with the family ended, if one ever did."""
    found: datetime | None = await work.session.scalar(
        select(func.max(Involvement.until_at)).where(
            Involvement.family_id == family_id, Involvement.agency_id == work.agency_id
        )
    )
    return found


async def local_id_taken(work: UnitOfWork, local_id: str) -> bool:
    taken = await work.session.scalar(
        select(Involvement.id).where(
            Involvement.agency_id == work.agency_id,
            Involvement.local_id == local_id,
            Involvement.until_at.is_(None),
        )
    )
    return taken is not None


async def involved_agencies(work: UnitOfWork, family_id: UUID) -> set[UUID]:
    """As far as the caller may see: all of them while it is involved itself."""
    return {row.agency_id for row in await work.fetch(_INVOLVED, family=family_id)}


async def people_of(work: UnitOfWork, family_id: UUID) -> set[UUID]:
    """The members of a family who are born, and so can be spoken with."""
    found = await work.session.scalars(
        select(Member.id).where(
            Member.family_id == family_id,
            Member.kind != "unborn",
            involved(Member.family_id, work.agency_id),
        )
    )
    return set(found)


async def check_people(work: UnitOfWork, family_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Raises Invalid for who is not born, or not of the family, and for who is named twice."""
    known = await people_of(work, family_id)
    for place, member in enumerate(member_ids):
        if member in member_ids[:place]:
            raise Invalid.field(f"/member_ids/{place}", "repeated", "A member is named twice.")
        if member not in known:
            raise Invalid.field(
                f"/member_ids/{place}", "unknown_member", "Nobody who is born, of this family."
            )


async def list_families(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[RowMapping], str | None]:
    """The families the caller is involved with, in the order it joined them."""
    query = (
        select(
            Family.id,
            Family.lead_agency_id,
            Involvement.local_id,
            Involvement.from_at.label("since"),
            Involvement.id.label("place"),
        )
        .join(Involvement, Involvement.family_id == Family.id)
        .where(
            readable_by(work.agency_id),
            Involvement.agency_id == work.agency_id,
            Involvement.until_at.is_(None),
        )
        .order_by(Involvement.id)
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(Involvement.id > UUID(str(cursors.read(cursor)[0])))
    rows = list((await work.session.execute(query)).mappings())
    return cut(rows, limit, cursors, lambda last: (str(last["place"]),))


async def match(
    work: UnitOfWork,
    people: Sequence[MatchPerson],
    addresses: Sequence[MatchAddress],
    *,
    children_only: bool = False,
) -> list[tuple[UUID, UUID]]:
    """Families and their leads, across all agencies: through the door `match_families`."""
    identifiers = [each.model_dump() for person in people for each in person.identifiers]
    named = [
        {"name": name, "birth_date": person.birth_date.isoformat()}
        for person in people
        if person.birth_date and (name := rules.match_name(person.given_name, person.family_name))
    ]
    found = await work.session.execute(
        _MATCH,
        {
            "identifiers": identifiers,
            "people": named,
            "postcodes": [each.postcode for each in addresses],
            "children_only": children_only,
        },
    )
    return [(row.family_id, row.lead_agency_id) for row in found]


async def family_body(work: UnitOfWork, family: Family) -> FamilyResponse:
    """The whole record as its readers see it."""
    identifiers = defaultdict(list)
    for each in await _rows(work, Identifier, family.id):
        identifiers[each.member_id or each.address_id].append(
            IdentifierResponse.model_validate(each, from_attributes=True)
        )
    members = await _rows(work, Member, family.id)
    addresses = await _rows(work, Address, family.id)
    return FamilyResponse(
        id=family.id,
        lead_agency_id=family.lead_agency_id,
        merged_into=family.merged_into_id,
        members=[member_body(each, identifiers[each.id]) for each in members],
        addresses=[address_body(each, identifiers[each.id]) for each in addresses],
        involvements=await involvement_bodies(work, family.id),
        version=family.version,
    )


async def _rows(work: UnitOfWork, model: Any, family_id: UUID) -> list[Any]:
    query = select(model).where(model.family_id == family_id).order_by(model.id)
    return list(await work.session.scalars(query))


def member_body(member: Member, identifiers: list[IdentifierResponse]) -> MemberResponse:
    given = {name: getattr(member, name) for name in MemberResponse.model_fields.keys() - _OWN}
    return MemberResponse(**given, identifiers=identifiers)


def address_body(address: Address, identifiers: list[IdentifierResponse]) -> AddressResponse:
    given = {name: getattr(address, name) for name in AddressResponse.model_fields.keys() - _OWN}
    return AddressResponse(**given, identifiers=identifiers)


_OWN = {"identifiers"}


async def involvement_bodies(work: UnitOfWork, family_id: UUID) -> list[InvolvementResponse]:
    """The active involvements of a readable family."""
    rows = await work.session.scalars(
        select(Involvement)
        .where(Involvement.family_id == family_id, Involvement.until_at.is_(None))
        .order_by(Involvement.id)
    )
    contested = set(
        await work.session.scalars(
            select(Contest.involvement_id).where(
                Contest.family_id == family_id, Contest.status == "open"
            )
        )
    )
    return [involvement_body(each, each.id in contested) for each in rows]


def involvement_body(involvement: Involvement, contested: bool) -> InvolvementResponse:
    return InvolvementResponse(
        id=involvement.id,
        agency_id=involvement.agency_id,
        local_id=involvement.local_id,
        reason=involvement.reason,
        family_role=involvement.family_role,
        practitioner=PractitionerName(
            name=involvement.practitioner_name, job_title=involvement.practitioner_job_title
        ),
        from_at=involvement.from_at,
        until_at=involvement.until_at,
        contested=contested,
        version=involvement.version,
    )
