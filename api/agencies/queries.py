"""Reads of agencies and their people. Agencies are known to each other; the rest is their own."""

from collections.abc import Collection, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from api.access.actor import Person
from api.agencies.models import Agency, AgencyKey, Client, Practitioner
from api.agencies.schemas import NamedPractitioner
from api.foundation.errors import Invalid, NotFound
from api.journal.unit_of_work import UnitOfWork

Owned = TypeVar("Owned", AgencyKey, Client, Practitioner)


async def list_agencies(work: UnitOfWork) -> Sequence[Agency]:
    found = await work.session.scalars(
        select(Agency).where(Agency.kind != "operator").order_by(Agency.name)
    )
    return found.all()


async def get_agency(work: UnitOfWork, agency_id: UUID) -> Agency:
    """Raises NotFound."""
    found = await work.session.get(Agency, agency_id)
    if found is None:
        raise NotFound
    return found


async def list_of(work: UnitOfWork, model: type[Owned], agency_id: UUID) -> Sequence[Owned]:
    """All keys, clients or practitioners of an agency, oldest first."""
    found = await work.session.scalars(
        select(model).where(model.agency_id == agency_id).order_by(model.id)
    )
    return found.all()


async def get_of(work: UnitOfWork, model: type[Owned], agency_id: UUID, row_id: UUID) -> Owned:
    """Raises NotFound for what is absent or another agency's."""
    found = await work.session.get(model, row_id)
    if found is None or found.agency_id != agency_id:
        raise NotFound
    return found


async def acting_person(work: UnitOfWork, named: NamedPractitioner | None, pointer: str) -> Person:
    """Who acts: the practitioner of the token, whatever the body says, else whom the system
    names. Raises Invalid where nobody is named, or nobody has that staff id."""
    if work.actor.person is not None:
        return work.actor.person
    if named is None:
        raise Invalid.field(pointer, "missing", "A system names the practitioner it acts for.")
    if named.staff_id is None:
        return Person(None, str(named.name), str(named.job_title))
    found = await work.session.scalar(
        select(Practitioner).where(
            Practitioner.agency_id == work.agency_id,
            Practitioner.staff_id == named.staff_id,
            Practitioner.status == "active",
        )
    )
    if found is None:
        raise Invalid.field(
            f"{pointer}/staff_id",
            "unknown_practitioner",
            "No active practitioner of the agency has this staff id.",
        )
    return Person(found.id, found.name, found.job_title)


async def unknown_agencies(work: UnitOfWork, agency_ids: Collection[UUID]) -> set[UUID]:
    """Those that are no agency of the partnership that could be involved."""
    known = await work.session.scalars(
        select(Agency.id).where(
            Agency.id.in_(agency_ids), Agency.kind != "operator", Agency.status != "enrolling"
        )
    )
    return set(agency_ids) - set(known)
