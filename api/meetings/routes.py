"""Meetings: schedule, read, move, cancel, hold, hand over."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.families.queries import check_family
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.foundation.schemas import Timestamp
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings import queries, service
from api.meetings.queries import Asked
from api.meetings.rules import MeetingKind, MeetingStatus
from api.meetings.schemas import (
    CancelMeeting,
    HandOverMeeting,
    HoldMeeting,
    MeetingList,
    MeetingResponse,
    MeetingStepList,
    MeetingStepResponse,
    MoveMeeting,
    ScheduleMeeting,
)

router = APIRouter(prefix="/v1", tags=["Meetings"])

READ = [requires(Permission.MEETING_READ)]
ARRANGE = [requires(Permission.MEETING_ARRANGE)]
CHAIR = [requires(Permission.MEETING_CHAIR)]
CHANGE = problems(404, 409, 412, 422, 428)
Kinds = Annotated[list[MeetingKind], Query(description="Only meetings of these kinds.")]
Statuses = Annotated[list[MeetingStatus], Query(description="Only meetings of these statuses.")]


@router.post(
    "/families/{family_id}/meetings",
    summary="Schedule a meeting",
    status_code=201,
    dependencies=ARRANGE,
    responses=problems(404, 409, 422),
)
async def schedule_meeting(family_id: UUID, body: ScheduleMeeting, work: Work) -> MeetingResponse:
    """Every agency involved is invited, unless some are named. Those invited are told, and nobody
    else ever learns of it. Answers a warning where a statutory timing is missed, and goes on."""
    meeting = await service.schedule_meeting(work, family_id, body)
    return await answer_meeting(work, 201, meeting.id)


@router.get(
    "/families/{family_id}/meetings",
    summary="List a family's meetings",
    dependencies=READ,
    responses=problems(404),
)
async def list_meetings(
    family_id: UUID,
    work: Work,
    kind: Kinds = [],  # noqa: B006 (FastAPI copies it)
    status: Statuses = [],  # noqa: B006 (the same)
    since: Annotated[Timestamp | None, Query(description="Starting then or later.")] = None,
    until: Annotated[Timestamp | None, Query(description="Starting before.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MeetingList:
    """Those that the caller's agency is invited to, the latest first."""
    await check_family(work, family_id)
    path, asked = (
        f"/v1/families/{family_id}/meetings",
        Asked(list(kind), list(status), since, until),
    )
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{asked}")
    rows, following = await queries.list_meetings(work, family_id, asked, cursors, cursor, limit)
    details = {"meetings": [str(row.id) for row in rows]}
    work.note("meetings.listed", Subject("family", family_id, family_id), details=details)
    times = {"since": since, "until": until}
    given: dict[str, Any] = {name: moment and moment.isoformat() for name, moment in times.items()}
    headers = link(path, following, limit, {"kind": asked.kinds, "status": asked.statuses, **given})
    bodies = await queries.meeting_bodies(work, rows)
    items = [MeetingResponse.model_validate(each) for each in bodies]
    return work.answer(200, MeetingList(items=items, next=following), headers=headers)


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


@router.get(
    "/meetings/{meeting_id}/steps",
    summary="What became of a meeting",
    dependencies=READ,
    responses=problems(404),
)
async def list_meeting_steps(meeting_id: UUID, work: Work) -> MeetingStepList:
    """Everything that was done about it, oldest first: who, when and why."""
    meeting = await queries.read_meeting(work, meeting_id)
    work.disclosed(queries.about(meeting), action="meeting.steps_read")
    found = await queries.list_steps(work, meeting_id)
    return work.answer(200, MeetingStepList(items=[_step(each) for each in found]))


@router.post(
    "/meetings/{meeting_id}/move",
    summary="Move a meeting",
    dependencies=ARRANGE,
    responses=CHANGE,
)
async def move_meeting(
    meeting_id: UUID, body: MoveMeeting, work: Work, version: IfMatch
) -> MeetingResponse:
    """By the agency that convened it or the chair's: to another time or place, by another link, or
    with somebody else to take the minutes. Those invited are told."""
    await service.move_meeting(work, meeting_id, body, version)
    return await answer_meeting(work, 200, meeting_id)


@router.post(
    "/meetings/{meeting_id}/cancel",
    summary="Cancel a meeting",
    dependencies=ARRANGE,
    responses=CHANGE,
)
async def cancel_meeting(
    meeting_id: UUID, body: CancelMeeting, work: Work, version: IfMatch
) -> MeetingResponse:
    """By the same, for good. Those invited are told."""
    await service.cancel_meeting(work, meeting_id, body, version)
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


@router.post(
    "/meetings/{meeting_id}/hand-over",
    summary="Hand the chair over",
    dependencies=READ,
    responses=CHANGE,
)
async def hand_over_meeting(
    meeting_id: UUID, body: HandOverMeeting, work: Work, version: IfMatch
) -> MeetingResponse:
    """By the chair (`meeting:chair`), or by a manager of the agency that answers for the meeting
    (`meeting:name_chair`), such as where the chair is ill: to somebody with the role `chair` of an
    agency that is invited, which answers for it from now on."""
    await service.hand_over_meeting(work, meeting_id, body, version)
    return await answer_meeting(work, 200, meeting_id)


async def answer_meeting(work: UnitOfWork, status: int, meeting_id: UUID) -> MeetingResponse:
    """The meeting as those invited see it, with its ETag."""
    await work.session.flush()
    meeting = await queries.read_meeting(work, meeting_id)
    [found] = await queries.meeting_bodies(work, [meeting])
    body = MeetingResponse.model_validate(found)
    headers = etag(meeting.version)
    if status == 201:
        headers["Location"] = f"/v1/meetings/{meeting.id}"
    return work.answer(status, body, headers=headers, about=queries.about(meeting))


def _step(step: Any) -> MeetingStepResponse:
    body = {name: getattr(step, name) for name in MeetingStepResponse.model_fields.keys() - {"by"}}
    named = step.by_name is not None
    body["by"] = {"name": step.by_name, "job_title": step.by_job_title} if named else None
    return MeetingStepResponse.model_validate(body)
