"""Writes on what agencies say to the record: it is right, or should be mended."""

from typing import Any
from uuid import UUID

from api.access.actor import Named
from api.agencies.queries import acting_person
from api.families.queries import involved_agencies
from api.families.service import check_open
from api.foundation.errors import Conflict, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access, events
from api.meetings.outcome import queries
from api.meetings.outcome.bodies import DeclineCorrection, RespondToOutcome
from api.meetings.outcome.models import OutcomeAnswer
from api.meetings.outcome.rules import Answer, ResponseStatus
from api.meetings.queries import about, keep_meeting, read_meeting, readers_among
from api.meetings.service import chaired


async def respond(work: UnitOfWork, meeting_id: UUID, body: RespondToOutcome) -> OutcomeAnswer:
    """By an agency that was invited, about the version that stands. Its chair wrote that, and is
    the one to whom it is said."""
    found = await read_meeting(work, meeting_id)
    await check_open(work, found.family_id)
    meeting = await keep_meeting(work, meeting_id)
    if meeting.outcome_number == 0:
        raise NotFound
    person = await acting_person(work, body.practitioner, "/practitioner")
    await _check_answers(work, meeting, person, body)
    confirmed = body.answer is Answer.CONFIRMED
    response = OutcomeAnswer(
        id=new_id(),
        meeting_id=meeting.id,
        family_id=meeting.family_id,
        agency_id=work.agency_id,
        number=body.number,
        answer=body.answer,
        correction=body.correction,
        status=ResponseStatus.SETTLED if confirmed else ResponseStatus.OPEN,
        reply=None,
        answered_at=work.now,
        settled_at=work.now if confirmed else None,
        by_id=person.id,
        by_name=person.name,
        by_job_title=person.job_title,
        version=1,
    )
    work.add(response)
    event = events.OUTCOME_CONFIRMED if confirmed else events.CORRECTION_ASKED
    to = await readers_among(work, event, meeting.id, meeting.agency_id)
    work.record(event, about(meeting), to=to)
    return response


async def _check_answers(
    work: UnitOfWork, meeting: Any, person: Named, body: RespondToOutcome
) -> None:
    """Raises Conflict: for who wrote the record, for a version that does not stand, and for what
    nobody could answer or is said already."""
    if access.is_chair(work.actor, meeting):
        raise Conflict("The chair who wrote the record amends it; others answer it.")
    if body.number != meeting.outcome_number:
        raise Conflict(
            "Another version of the outcome stands: read it first.",
            extra={"outcome_number": meeting.outcome_number},
        )
    version = await queries.read_outcome(work, meeting)
    if person.is_same_as(Named(version.by_id, version.by_name)):
        raise Conflict(
            "Who wrote the record does not answer it: another person of the agency does."
        )
    confirmed = body.answer is Answer.CONFIRMED
    if not confirmed and meeting.agency_id not in await involved_agencies(work, meeting.family_id):
        raise Conflict("The agency that answers for the meeting has left: nobody could answer.")
    if confirmed and await queries.has_confirmed(work, meeting.id, body.number):
        raise Conflict("The agency has confirmed this version already.")


async def decline_correction(
    work: UnitOfWork, meeting_id: UUID, response_id: UUID, body: DeclineCorrection, version: int
) -> OutcomeAnswer:
    """By the chair, with the reason; not by who asked."""
    found = await queries.read_response(work, meeting_id, response_id)
    meeting = await chaired(work, meeting_id, closing=True)
    person = access.check_chairs(work.actor, meeting)
    if person.is_same_as(Named(found.by_id, found.by_name)):
        raise Conflict("Who asked for a correction does not decline it.")
    if found.version != version:
        raise PreconditionFailed
    locked = await queries.lock_corrections(work, meeting_id, [response_id])
    if not locked:
        found = await queries.read_response(work, meeting_id, response_id)
        said = "Only an open request for a correction is declined."
        raise Conflict(said, extra={"response_status": found.status})
    [response] = locked
    response.status, response.reply = ResponseStatus.DECLINED, body.reply
    response.settled_at = work.now
    response.version += 1
    to = await readers_among(work, events.CORRECTION_ANSWERED, meeting.id, response.agency_id)
    work.record(events.CORRECTION_ANSWERED, about(meeting), to=to)
    return response
