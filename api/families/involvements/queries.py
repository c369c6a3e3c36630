"""Reads of invitations and contests, and whom to ring."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from api.agencies.models import Agency
from api.families.access import invited, readable_by, readable_to
from api.families.models import Contest, Family, Invitation, Involvement
from api.foundation.errors import NotFound
from api.journal.unit_of_work import CALLER, OPENED, UnitOfWork


def _contacts(readable: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Agency.id.label("agency_id"),
            Agency.name.label("agency"),
            Agency.kind,
            Agency.emergency_contact,
            Involvement.practitioner_name,
            Involvement.practitioner_job_title,
            Involvement.family_role,
            (Family.lead_agency_id == Agency.id).label("leads"),
        )
        .join(Involvement, Involvement.agency_id == Agency.id)
        .join(Family, Family.id == Involvement.family_id)
        .where(Family.id == bindparam("family"), Involvement.until_at.is_(None), readable)
        .order_by(Involvement.id)
    )


_CONTACTS = _contacts(readable_by(CALLER))
_CONTACTS_SHOWN = _contacts(readable_to(CALLER, OPENED))
_ALIKE = ("agency_id", "agency", "kind", "emergency_contact", "family_role", "leads")


async def list_contacts(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Every involved agency and its practitioner, in the order of joining. Raises NotFound."""
    query = _CONTACTS_SHOWN if work.actor.break_glass else _CONTACTS
    found = await work.fetch(query, family=family_id)
    if not found:
        raise NotFound
    return [
        {name: getattr(row, name) for name in _ALIKE}
        | {
            "practitioner": {
                "name": row.practitioner_name,
                "job_title": row.practitioner_job_title,
            }
        }
        for row in found
    ]


async def get_invitation(work: UnitOfWork, invitation_id: UUID) -> Invitation | None:
    """An invitation of the caller's own agency that is still open."""
    found: Invitation | None = await work.session.scalar(
        select(Invitation).where(
            Invitation.id == invitation_id,
            Invitation.agency_id == work.agency_id,
            Invitation.status == "open",
            Invitation.expires_at > work.now,
        )
    )
    return found


async def open_invitations(work: UnitOfWork, family_id: UUID, agency_id: UUID) -> list[Invitation]:
    """Those of one agency to one family, for the agency itself and for who is involved."""
    found = await work.session.scalars(
        select(Invitation).where(
            Invitation.family_id == family_id,
            Invitation.agency_id == agency_id,
            Invitation.status == "open",
            Invitation.expires_at > work.now,
        )
    )
    return list(found)


async def list_invitations(work: UnitOfWork) -> list[Invitation]:
    """The open invitations of the caller's own agency."""
    found = await work.session.scalars(
        select(Invitation)
        .where(
            Invitation.agency_id == work.agency_id,
            Invitation.status == "open",
            Invitation.expires_at > work.now,
        )
        .order_by(Invitation.id)
    )
    return list(found)


async def read_invitation(work: UnitOfWork, invitation_id: UUID) -> Invitation:
    """For the invited agency, and for those involved with the family. Raises NotFound."""
    found = await work.session.scalar(
        select(Invitation).where(
            Invitation.id == invitation_id, invited(work.agency_id, invitation_id)
        )
    )
    if found is None:
        raise NotFound
    return found


async def list_contests(work: UnitOfWork, family_id: UUID) -> Iterable[Contest]:
    return await work.session.scalars(
        select(Contest).where(Contest.family_id == family_id).order_by(Contest.id)
    )
