"""Writes on who is invited to a meeting, after it was scheduled."""

from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.families.involvements.queries import open_invitations
from api.families.queries import involved_agencies, lock_families
from api.foundation.errors import Conflict, NotFound
from api.journal.event_types import EventType
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access, events
from api.meetings.invitations import queries
from api.meetings.invitations.inviting import bring_in, invitation_to
from api.meetings.invitations.schemas import InviteToMeeting, WithdrawMeetingInvitation
from api.meetings.models import Meeting, MeetingInvitation
from api.meetings.queries import about, read_meeting
from api.meetings.rules import Act
from api.meetings.service import check_legal, locked, move


async def invite_agency(
    work: UnitOfWork, meeting_id: UUID, body: InviteToMeeting, version: int
) -> Meeting:
    """Also once the outcome is on record, which the agency then reads. One that is not involved is
    told of nothing until it has joined."""
    meeting = await locked(work, meeting_id, version, access.check_arranges)
    person = await acting_person(work, body.practitioner, "/practitioner")
    check_legal(meeting, Act.INVITE)
    invitation = await queries.find_invitation(work, meeting_id, body.agency_id)
    involved = body.agency_id in await involved_agencies(work, meeting.family_id)
    if invitation is not None and invitation.withdrawn_at is None and invitation.ended_at is None:
        await _check_lapsed(work, invitation, involved)
    if not involved:
        await bring_in(work, meeting.family_id, body, "")
    if invitation is None:
        work.add(invitation_to(work, meeting, body.agency_id, body.reason))
    else:
        invitation.reason, invitation.invited_at = body.reason, work.now
        invitation.withdrawn_at = invitation.ended_at = None
    _note(work, meeting, Act.INVITE, body.agency_id, person, None)
    await work.session.flush()  # from here on it reads the meeting
    _tell(work, meeting, events.INVITED, body.agency_id, told=involved)
    return meeting


async def _check_lapsed(work: UnitOfWork, invitation: MeetingInvitation, involved: bool) -> None:
    """Raises Conflict, unless the agency was also to join the family and has let that pass."""
    asked = await open_invitations(work, invitation.family_id, invitation.agency_id)
    if involved or asked:
        raise Conflict("The agency is invited already.")


async def withdraw_invitation(
    work: UnitOfWork,
    meeting_id: UUID,
    agency_id: UUID,
    body: WithdrawMeetingInvitation,
    version: int,
) -> Meeting:
    """The agency reads nothing more of the meeting. Whoever writes on the family at this moment
    has done so, or comes too late: so its own report is never submitted by one not invited."""
    found = await read_meeting(work, meeting_id)
    access.check_arranges(work.actor, found)
    await lock_families(work, found.family_id)
    meeting = await locked(work, meeting_id, version, access.check_arranges)
    person = await acting_person(work, body.practitioner, "/practitioner")
    check_legal(meeting, Act.UNINVITE)
    invitation = await queries.find_invitation(work, meeting_id, agency_id)
    if invitation is None or invitation.withdrawn_at is not None:
        raise NotFound
    if agency_id in (meeting.agency_id, meeting.convened_by):
        raise Conflict("The agency that convened the meeting and the chair's always take part.")
    invitation.withdrawn_at = work.now
    _note(work, meeting, Act.UNINVITE, agency_id, person, body.reason)
    involved = agency_id in await involved_agencies(work, meeting.family_id)
    _tell(work, meeting, events.UNINVITED, agency_id, told=involved)
    return meeting


def _note(
    work: UnitOfWork, meeting: Meeting, act: Act, agency_id: UUID, by: Person, why: str | None
) -> None:
    move(work, meeting, act, by, note=why, details={"agency_id": str(agency_id)})


def _tell(
    work: UnitOfWork, meeting: Meeting, event: EventType, agency_id: UUID, *, told: bool
) -> None:
    """Nobody else; and not even the agency, while it is not involved."""
    details = {"agency": str(agency_id)}
    if told:
        work.record(event, about(meeting), to=[agency_id], details=details)
    else:
        work.note(event.name, about(meeting), details=details)


async def tell_joiner(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Who joins learns of the meetings that it is invited to, and of no other."""
    for each in await queries.meetings_inviting(work, family_id):
        work.record(events.INVITED, about(each), to=[work.agency_id])
    return []
