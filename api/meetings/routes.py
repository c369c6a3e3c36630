"""Meetings: schedule, read, hold."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork
from api.meetings import queries, service
from api.meetings.schemas import HoldMeeting, MeetingResponse, ScheduleMeeting

router = APIRouter(prefix="/v1", tags=["Meetings"])

READ = [requires(Permission.MEETING_READ)]
CHAIR = [requires(Permission.MEETING_CHAIR)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.post(
    "/families/{family_id}/meetings",
    summary="Schedule a meeting",
    status_code=201,
    dependencies=[requires(Permission.MEETING_ARRANGE)],
    responses=problems(404, 409, 422),
)
async def schedule_meeting(family_id: UUID, body: ScheduleMeeting, work: Work) -> MeetingResponse:
    """Every agency involved is invited, unless some are named. Those invited are told, and nobody
    else ever learns of it."""
    meeting = await service.schedule_meeting(work, family_id, body)
    return await answer_meeting(work, 201, meeting.id)


@router.get(
    "/meetings/{meeting_id}",
    summary="Read a meeting",
    dependencies=READ,
    responses=problems(404),
)
async def get_meeting(meeting_id: UUID, work: Work) -> MeetingResponse:
    """When and where it is, who chairs it, and who is invited."""
    meeting = await queries.read_meeting(work, meeting_id)
    work.disclosed(queries.about(meeting))
    return await answer_meeting(work, 200, meeting_id)


@router.post(
    "/meetings/{meeting_id}/hold",
    summary="Note that a meeting was held",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def hold_meeting(
    meeting_id: UUID, body: HoldMeeting, work: Work, version: IfMatch
) -> MeetingResponse:
    """By its chair, once it has begun. Its outcome is drafted next."""
    await service.hold_meeting(work, meeting_id, body, version)
    return await answer_meeting(work, 200, meeting_id)


async def answer_meeting(work: UnitOfWork, status: int, meeting_id: UUID) -> MeetingResponse:
    """The meeting as those invited see it, with its ETag."""
    await work.session.flush()
    meeting = await queries.read_meeting(work, meeting_id)
    invited = await queries.invited(work, [meeting_id])
    body = MeetingResponse.model_validate(queries.meeting_body(meeting, invited[meeting_id]))
    headers = etag(meeting.version)
    if status == 201:
        headers["Location"] = f"/v1/meetings/{meeting.id}"
    return work.answer(status, body, headers=headers, about=queries.about(meeting))
