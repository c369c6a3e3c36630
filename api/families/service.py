"""Writes on families: registering, and what is added to the record later."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.families import events, ports, queries, rules
from api.families.models import Address, Family, Identifier, Involvement, Member
from api.families.schemas import (
    AddIdentifier,
    AddressBody,
    EndAddress,
    InvolvementBody,
    MatchFamilies,
    MatchPerson,
    MemberBody,
    RegisterFamily,
)
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.foundation.json import to_json
from api.journal.unit_of_work import Subject, UnitOfWork


class FamilyExists(Conflict):
    """A child of this family is on a shared record already. Join it with the join_token."""

    code, title, audited = "family_exists", "The family is registered", True


class FamilyMerged(Conflict):
    """This record is merged away: nothing new is written on it. Join the survivor, `family_id`."""

    code, title, audited = "family_merged", "The record is merged away", True


def about(family: Family) -> Subject:
    return Subject("family", family.id, family.id, family.version)


def join_token(work: UnitOfWork, family_id: UUID) -> str:
    """Lets the caller's agency join this family for 15 minutes."""
    expires = work.now + rules.JOIN_TOKEN_LIFETIME
    payload = [str(family_id), str(work.agency_id), expires.isoformat()]
    return work.runtime.keyring.sign(to_json(payload), "join")


def read_join_token(work: UnitOfWork, token: str) -> tuple[UUID, datetime] | None:
    """The family that a token of the caller's agency is for, and until when; else None."""
    payload = work.runtime.keyring.verify(token, "join")
    family, agency, until = orjson.loads(payload) if payload else ("", "", "")
    if agency != str(work.agency_id):
        return None
    return UUID(family), datetime.fromisoformat(until)


async def check_join_token(work: UnitOfWork, family_id: UUID, expires: datetime) -> None:
    """Raises Invalid for a token that is too old, or from before an earlier involvement ended."""
    ended = await queries.last_ended(work, family_id)
    from_before = ended is not None and expires - rules.JOIN_TOKEN_LIFETIME < ended
    if expires <= work.now or from_before:
        raise Invalid.field("/join_token", "expired", "The join token has expired: match again.")


async def check_open(work: UnitOfWork, family_id: UUID) -> None:
    """The family stays as it is until the commit. Raises NotFound or FamilyMerged."""
    check_standing(work, await queries.hold_family(work, family_id))


def check_standing(work: UnitOfWork, survivor: UUID | None) -> None:
    """Raises FamilyMerged for a record that is merged away."""
    if survivor is not None:
        offer = {"family_id": str(survivor), "join_token": join_token(work, survivor)}
        raise FamilyMerged(extra=offer, noted={"families": [str(survivor)]})


async def _open_family(work: UnitOfWork, family_id: UUID) -> Family:
    """Locked until the commit. Raises NotFound or FamilyMerged."""
    family = await queries.get_family(work, family_id, lock=True)
    check_standing(work, family.merged_into_id)
    return family


def _offers(work: UnitOfWork, found: Iterable[tuple[UUID, UUID]]) -> list[dict[str, str]]:
    return [
        {"family_id": str(family_id), "join_token": join_token(work, family_id)}
        for family_id, _ in found
    ]


async def match_families(work: UnitOfWork, body: MatchFamilies) -> list[dict[str, str]]:
    """Ids and join tokens of the families that match exactly; nothing else is revealed."""
    found = await queries.match(work, body.members, body.addresses)
    ids = [str(family_id) for family_id, _ in found]
    work.note("family.matched", None, details={"families": ids})
    return _offers(work, found)


async def register_family(work: UnitOfWork, body: RegisterFamily) -> Family:
    """The family with its first, leading agency. Raises FamilyExists when a child of it is on
    a record already: only a child's identifiers make two records one."""
    person = await acting_person(work, body.involvement.practitioner, "/involvement/practitioner")
    await _check_unregistered(work, body.members)
    await check_local_id(work, body.involvement.local_id, "/involvement/local_id")
    family = Family(
        id=new_id(),
        registered_by=work.agency_id,
        lead_agency_id=work.agency_id,
        version=1,
        created_at=work.now,
    )
    work.add(family)
    await work.session.flush()  # the record before the involvement that makes it readable
    work.add(new_involvement(work, family.id, body.involvement, person))
    await work.session.flush()
    async with _claiming(work, body.members):
        for index, member in enumerate(body.members):
            await _insert_member(work, family.id, member, f"/members/{index}")
    for address in body.addresses:
        await _insert_address(work, family.id, address)
    work.record(events.REGISTERED, about(family))
    await _tell_possible_links(work, family, body.members)
    return family


async def add_member(work: UnitOfWork, family_id: UUID, body: MemberBody) -> Family:
    """Raises FamilyExists when the child is on another family's record."""
    family = await _open_family(work, family_id)
    await _check_unregistered(work, [body])
    async with _claiming(work, [body]):
        await _insert_member(work, family.id, body, "")
    _touch(work, family)
    await _tell_possible_links(work, family, [body])
    return family


async def add_address(work: UnitOfWork, family_id: UUID, body: AddressBody) -> Family:
    family = await _open_family(work, family_id)
    await _insert_address(work, family.id, body)
    _touch(work, family)
    if not rules.has_left(body.until_date, london_date(work.now)):  # else it is history
        await _tell_of_move(work, family.id)
    return family


async def end_address(
    work: UnitOfWork, family_id: UUID, address_id: UUID, body: EndAddress, version: int
) -> Family:
    """The family moves out, or has: who asked to know of a move is told when it has, by the
    worker where that is to come. Also on a record that is merged away: what stands there may warn
    of these premises."""
    family = await queries.get_family(work, family_id, lock=True)
    address = await queries.get_in_family(work, Address, family_id, address_id)
    if family.version != version:
        raise PreconditionFailed
    if address.until_date is not None:
        raise Conflict("The address has its end already.")
    refusal = rules.end_refusal(body.until_date, address.from_date, london_date(work.now))
    if refusal is not None:
        raise Invalid.field("/until_date", "out_of_range", refusal)
    left = rules.has_left(body.until_date, london_date(work.now))
    address.until_date = body.until_date
    address.leaving_on = None if left else body.until_date
    _touch(work, family)
    if left:
        await _tell_of_move(work, family.id)
    return family


async def _tell_of_move(work: UnitOfWork, family_id: UUID) -> None:
    await work.session.flush()  # so that what asks for the addresses sees them as they are now
    for tell in ports.moved:
        await tell(work, family_id)


async def add_identifier(work: UnitOfWork, family_id: UUID, body: AddIdentifier) -> Family:
    """Raises FamilyExists when it is a child's and stands on another family's record."""
    family = await _open_family(work, family_id)
    member = await queries.get_in_family(work, Member, family_id, body.member_id)
    as_person = MatchPerson.model_validate(
        {
            "kind": member.kind,
            "identifiers": [{"system": body.system, "value": body.value}],
        }
    )
    people = [as_person]
    if member.kind == "child":
        await _check_unregistered(work, people)
    async with _claiming(work, people):
        work.add(_identifier(work, family.id, body.system, body.value, member=member))
    _touch(work, family)
    await _tell_possible_links(work, family, people)
    return family


def new_involvement(
    work: UnitOfWork, family_id: UUID, body: InvolvementBody, person: Person
) -> Involvement:
    return Involvement(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        local_id=body.local_id,
        reason=body.reason,
        family_role=body.family_role,
        practitioner_id=person.id,
        practitioner_name=person.name,
        practitioner_job_title=person.job_title,
        from_at=work.now,
        version=1,
    )


async def check_local_id(work: UnitOfWork, local_id: str, pointer: str) -> None:
    """Raises Invalid: a local id names one family of the agency."""
    if await queries.local_id_taken(work, local_id):
        raise Invalid.field(pointer, "local_id_taken", "The agency uses this id for a family.")


def _touch(work: UnitOfWork, family: Family) -> None:
    family.version += 1
    work.record(events.UPDATED, about(family))


def _people(members: Iterable[MemberBody | MatchPerson], kind: str) -> list[MatchPerson]:
    return [
        MatchPerson.model_construct(kind=each.kind, identifiers=each.identifiers)
        for each in members
        if each.kind == kind and each.identifiers
    ]


async def _check_unregistered(
    work: UnitOfWork, members: Iterable[MemberBody | MatchPerson]
) -> None:
    children = _people(members, "child")
    found = await queries.match(work, children, [], children_only=True) if children else []
    if found:
        offers = _offers(work, found)
        ids = [str(family_id) for family_id, _ in found]
        raise FamilyExists(extra={**offers[0], "items": offers}, noted={"families": ids})


@asynccontextmanager
async def _claiming(
    work: UnitOfWork, members: Iterable[MemberBody | MatchPerson]
) -> AsyncIterator[None]:
    """Around the insertion of identifiers. Two agencies may register the same child at the same
    moment: the database lets one in, and the other is told as if it had come later."""
    try:
        async with work.session.begin_nested():
            yield
    except IntegrityError as error:
        if "uq_identifiers_child" in str(error.orig):
            await _check_unregistered(work, members)
        raise Conflict("An identifier is in use already.") from None


async def _tell_possible_links(
    work: UnitOfWork, family: Family, members: Iterable[MemberBody | MatchPerson]
) -> None:
    """Somebody who is an adult on two families, or on one of two, is no conflict: both leads
    learn that there may be a link, each with its own family's id only."""
    people = _people(members, "adult") + _people(members, "child")
    found = await queries.match(work, people, []) if people else []
    others = [(other, lead) for other, lead in found if other != family.id]
    for other, lead in others:
        work.record(events.POSSIBLE_LINK, Subject("family", other, other), to=[lead], unseen=True)
    if others:
        work.record(events.POSSIBLE_LINK, about(family), to=[family.lead_agency_id])


async def _insert_member(
    work: UnitOfWork, family_id: UUID, body: MemberBody, pointer: str
) -> Member:
    if body.birth_date is not None and body.birth_date > london_date(work.now):
        raise Invalid.field(f"{pointer}/birth_date", "future", "A birth date is not to come.")
    fields: dict[str, Any] = body.model_dump(exclude={"identifiers"})
    member = Member(
        id=new_id(),
        family_id=family_id,
        match_name=rules.match_name(body.given_name, body.family_name),
        created_at=work.now,
        **fields,
    )
    work.add(member)
    await work.session.flush()  # identifiers refer to it
    for each in body.identifiers:
        work.add(_identifier(work, family_id, each.system, each.value, member=member))
    return member


async def _insert_address(work: UnitOfWork, family_id: UUID, body: AddressBody) -> None:
    left = rules.has_left(body.until_date, london_date(work.now))
    address = Address(
        id=new_id(),
        family_id=family_id,
        leaving_on=None if left else body.until_date,
        created_at=work.now,
        **body.model_dump(exclude={"identifiers"}),
    )
    work.add(address)
    await work.session.flush()  # identifiers refer to it
    for each in body.identifiers:
        work.add(_identifier(work, family_id, each.system, each.value, address=address))


def _identifier(
    work: UnitOfWork,
    family_id: UUID,
    system: str,
    value: str,
    *,
    member: Member | None = None,
    address: Address | None = None,
) -> Identifier:
    return Identifier(
        family_id=family_id,
        member_id=member.id if member else None,
        address_id=address.id if address else None,
        agency_id=work.agency_id if system == "local_id" else None,
        system=system,
        value=value,
        of_child=member is not None and member.kind == "child",
        created_at=work.now,
    )
