"""Who is invited to a meeting: ask an agency later, ask it no more; and a calendar entry."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, requires
from api.meetings import queries
from api.meetings.invitations import calendar, service
from api.meetings.invitations.schemas import InviteToMeeting, WithdrawMeetingInvitation
from api.meetings.routes import ARRANGE, CHANGE, answer_meeting
from api.meetings.schemas import MeetingResponse

router = APIRouter(prefix="/v1/meetings/{meeting_id}", tags=["Meetings"])


class CalendarResponse(Response):
    media_type = "text/calendar"


@router.post(
    "/invitations",
    summary="Invite an agency to a meeting",
    dependencies=ARRANGE,
    responses=CHANGE,
)
async def invite_to_meeting(
    meeting_id: UUID, body: InviteToMeeting, work: Work, version: IfMatch
) -> MeetingResponse:
    """By the agency that convened it or the chair's; also once its outcome is on record, which the
    agency then reads. One that is not involved is invited to the family as well, and learns of the
    meeting when it joins."""
    await service.invite_agency(work, meeting_id, body, version)
    return await answer_meeting(work, 200, meeting_id)


@router.post(
    "/invitations/{agency_id}/withdraw",
    summary="Take an invitation back",
    dependencies=ARRANGE,
    responses=CHANGE,
)
async def withdraw_meeting_invitation(
    meeting_id: UUID,
    agency_id: UUID,
    body: WithdrawMeetingInvitation,
    work: Work,
    version: IfMatch,
) -> MeetingResponse:
    """While the meeting is to come. The agency is told, and reads nothing more of it."""
    await service.withdraw_invitation(work, meeting_id, agency_id, body, version)
    return await answer_meeting(work, 200, meeting_id)


@router.get(
    "/invitation",
    summary="The meeting as a calendar entry",
    response_class=CalendarResponse,
    dependencies=[requires(Permission.MEETING_READ)],
    responses=problems(404),
)
async def get_meeting_invitation(meeting_id: UUID, work: Work) -> Response:
    """When it is, as iCalendar (RFC 5545), without any name, place, link or purpose: calendars are
    shared. Asked again after the meeting was moved or cancelled, it takes the earlier one's
    place."""
    meeting = await queries.read_meeting(work, meeting_id)
    work.disclosed(queries.about(meeting), action="meeting.invitation_read")
    content = calendar.entry(meeting, work.runtime.settings.base_url, work.now)
    return work.respond(200, content, media_type="text/calendar; charset=utf-8", keep=False)
