"""Writes on exclusions: ask for one, decide, withdraw."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from api.access.actor import Named
from api.agencies.queries import acting_person
from api.families.queries import people_of
from api.families.service import check_open
from api.foundation.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access, events
from api.meetings.exclusions import queries
from api.meetings.exclusions.models import MeetingExclusion
from api.meetings.exclusions.rules import ExclusionStatus
from api.meetings.exclusions.schemas import AskForExclusion, DecideExclusion, WithdrawExclusion
from api.meetings.queries import about, keep_meeting, read_meeting
from api.meetings.service import chaired, check_before_outcome


async def ask_for_exclusion(
    work: UnitOfWork, meeting_id: UUID, body: AskForExclusion
) -> MeetingExclusion:
    """By anybody invited, of the chair (procedure §4): one request at a time for each person."""
    found = await read_meeting(work, meeting_id)
    await check_open(work, found.family_id)
    meeting = await keep_meeting(work, meeting_id)
    check_before_outcome(meeting)
    person = await acting_person(work, body.practitioner, "/practitioner")
    if body.member_id not in await people_of(work, meeting.family_id):
        raise Invalid.field("/member_id", "unknown_member", "Nobody who is born, of this family.")
    exclusion = MeetingExclusion(
        id=new_id(),
        meeting_id=meeting_id,
        family_id=meeting.family_id,
        agency_id=work.agency_id,
        member_id=body.member_id,
        why=body.why,
        status=ExclusionStatus.REQUESTED,
        requested_at=work.now,
        by_id=person.id,
        by_name=person.name,
        by_job_title=person.job_title,
        version=1,
    )
    try:
        async with work.session.begin_nested():
            work.add(exclusion)
    except IntegrityError as error:
        if "uq_meeting_exclusions_open" not in str(error.orig):
            raise
        raise Conflict("The chair is asked to exclude this person already.") from None
    details = {"exclusion": str(exclusion.id)}
    work.record(events.EXCLUSION_REQUESTED, about(meeting), to=[meeting.agency_id], details=details)
    return exclusion


async def decide_exclusion(
    work: UnitOfWork, meeting_id: UUID, exclusion_id: UUID, body: DecideExclusion, version: int
) -> MeetingExclusion:
    """By the chair, who is not the one who asked: everybody invited is told."""
    meeting = await chaired(work, meeting_id, closing=True)
    person = access.check_chairs(work.actor, meeting)
    exclusion = await _open(work, meeting, exclusion_id, version)
    own = exclusion.agency_id == work.agency_id
    if own and person.is_same_as(Named(exclusion.by_id, exclusion.by_name)):
        raise Conflict(
            "Nobody decides on their own request: withdraw it and have another ask, or hand the "
            "chair over."
        )
    exclusion.status = body.outcome
    exclusion.decided_at = work.now
    exclusion.decided_by_id = person.id
    exclusion.decided_by_name, exclusion.decided_by_job_title = person.name, person.job_title
    exclusion.reasons, exclusion.part = body.reasons, body.part
    exclusion.views_heard, exclusion.feedback = body.views_heard, body.feedback
    exclusion.version += 1
    details = {"exclusion": str(exclusion.id), "outcome": body.outcome}
    work.record(events.EXCLUSION_DECIDED, about(meeting), details=details)
    return exclusion


async def withdraw_exclusion(
    work: UnitOfWork, meeting_id: UUID, exclusion_id: UUID, body: WithdrawExclusion, version: int
) -> MeetingExclusion:
    """By the agency that asked, while the chair has not decided; the chair's agency is told."""
    found = await read_meeting(work, meeting_id)
    await check_open(work, found.family_id)
    meeting = await keep_meeting(work, meeting_id)
    await acting_person(work, body.practitioner, "/practitioner")
    if await queries.agency_that_asked(work, meeting_id, exclusion_id) != work.agency_id:
        raise Forbidden("Only the agency that asked takes its request back.")
    exclusion = await _open(work, meeting, exclusion_id, version)
    exclusion.status = ExclusionStatus.WITHDRAWN
    exclusion.version += 1
    details = {"exclusion": str(exclusion.id)}
    work.record(events.EXCLUSION_WITHDRAWN, about(meeting), to=[meeting.agency_id], details=details)
    return exclusion


async def _open(
    work: UnitOfWork, meeting: Any, exclusion_id: UUID, version: int
) -> MeetingExclusion:
    """Locked, as the caller last read it, and not decided yet."""
    exclusion = await queries.lock_exclusion(work, meeting.id, exclusion_id)
    if exclusion.version != version:
        raise PreconditionFailed
    check_before_outcome(meeting)
    if exclusion.status != ExclusionStatus.REQUESTED:
        raise Conflict("It is decided already.", extra={"exclusion_status": exclusion.status})
    return exclusion
