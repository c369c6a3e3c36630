"""Writes on break-glass: opening, ending, reviewing."""

from datetime import timedelta
from uuid import UUID

from api.families.break_glass import access, events, queries, rules
from api.families.break_glass.models import BreakGlass
from api.families.break_glass.queries import about
from api.families.break_glass.schemas import OpenBreakGlass, ReviewBreakGlass
from api.families.queries import own_involvement
from api.foundation.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.priorities import Priority
from api.journal.unit_of_work import UnitOfWork


class BreakGlassOpen(Conflict):
    """The practitioner has opened this family already; `break_glass_id` names it."""

    code, title = "break_glass_open", "Opened already"


class BreakGlassSuspended(Forbidden):
    """A break-glass of this client has not been reviewed in time: first, its review."""

    code, title = "break_glass_suspended", "Break-glass suspended"


async def open_break_glass(work: UnitOfWork, family_id: UUID, body: OpenBreakGlass) -> BreakGlass:
    """Opens the family to the practitioner of the token alone, for reading. Both agencies that
    answer for it are told at once. Raises BreakGlassSuspended, NotFound for what is no family,
    and Conflict for who needs none."""
    reader = work.actor.in_person()  # nobody would answer for what a system reads
    if await queries.is_suspended(work):  # first, so that it says nothing of the family
        raise BreakGlassSuspended
    if await queries.lead_of(work, family_id) is None:
        raise NotFound
    if await own_involvement(work, family_id) is not None:
        raise Conflict("The agency is involved: it reads the family without a break-glass.")
    await queries.lock_reader(work, reader)
    earlier = await queries.open_one(work, reader, family_id)
    if earlier is not None:
        raise BreakGlassOpen(extra={"break_glass_id": str(earlier)})
    settings = work.runtime.settings
    grant = BreakGlass(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        client_id=work.actor.client_id,
        practitioner_id=reader.id,
        reason_code=body.reason_code,
        reason=body.reason,
        opened_at=work.now,
        expires_at=work.now + timedelta(hours=settings.break_glass_hours),
        review_due=rules.review_due(work.now, settings.review_break_glass_working_days),
        version=1,
    )
    work.add(grant)
    await work.session.flush()
    details = {"reason_code": grant.reason_code}
    work.record(events.OPENED, about(grant), priority=Priority.URGENT, details=details)
    return grant


async def end_break_glass(work: UnitOfWork, break_glass_id: UUID, version: int) -> BreakGlass:
    """By the reader, before its time. It is reviewed all the same."""
    grant = await queries.lock(work, break_glass_id)
    access.check_reader(work.actor, grant)
    if grant.version != version:
        raise PreconditionFailed
    if not rules.is_open(grant.expires_at, grant.ended_at, work.now):
        raise Conflict("The break-glass is over.")
    grant.ended_at = work.now
    grant.version += 1
    work.note("break_glass.ended", about(grant))
    return grant


async def review_break_glass(
    work: UnitOfWork, break_glass_id: UUID, body: ReviewBreakGlass, version: int
) -> BreakGlass:
    """By information governance of either agency, another person than the reader; once. It ends
    what is still open: nothing is read after the review."""
    grant = await queries.lock(work, break_glass_id)
    reader_name = await queries.name_of(work, grant.practitioner_id)
    access.check_other_person(work.actor, grant, reader_name)
    if grant.version != version:
        raise PreconditionFailed
    if grant.reviewed_at is not None:
        raise Conflict("The break-glass is reviewed.")
    if rules.is_open(grant.expires_at, grant.ended_at, work.now):
        grant.ended_at = work.now
    grant.outcome = body.outcome
    grant.review_note = body.note
    grant.reviewed_at = work.now
    grant.reviewed_by = work.actor.practitioner_id
    grant.version += 1
    work.record(events.REVIEWED, about(grant), details={"outcome": grant.outcome})
    return grant
