"""Whether somebody of the family is kept out of a meeting: ask, decide, take back, read."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings.exclusions import queries, service
from api.meetings.exclusions.schemas import (
    AskForExclusion,
    DecideExclusion,
    ExclusionList,
    ExclusionResponse,
    WithdrawExclusion,
)
from api.meetings.queries import about, read_meeting
from api.meetings.routes import CHAIR, CHANGE, READ

router = APIRouter(prefix="/v1/meetings/{meeting_id}/exclusions", tags=["Meetings"])


@router.post(
    "",
    summary="Ask the chair to exclude somebody",
    status_code=201,
    dependencies=[requires(Permission.MEETING_CONTRIBUTE)],
    responses=problems(404, 409, 422),
)
async def ask_for_exclusion(
    meeting_id: UUID, body: AskForExclusion, work: Work
) -> ExclusionResponse:
    """By any agency invited, until the outcome is recorded, where what can be said is likely to be
    impaired by the presence of a threatening adult (procedure §4). The chair's agency is told."""
    exclusion = await service.ask_for_exclusion(work, meeting_id, body)
    return _answer(work, 201, exclusion)


@router.get(
    "",
    summary="Who is asked to be excluded, and what was decided",
    dependencies=READ,
    responses=problems(404),
)
async def list_exclusions(meeting_id: UUID, work: Work) -> ExclusionList:
    """Every request, with the decision of the chair. `version` is what `If-Match` asks for."""
    meeting = await read_meeting(work, meeting_id)
    work.disclosed(about(meeting), action="meeting.exclusions_read")
    found = await queries.list_exclusions(work, meeting_id)
    bodies = [ExclusionResponse.model_validate(queries.exclusion_body(each)) for each in found]
    return work.answer(200, ExclusionList(items=bodies))


@router.post(
    "/{exclusion_id}/decide",
    summary="Decide on an exclusion",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def decide_exclusion(
    meeting_id: UUID, exclusion_id: UUID, body: DecideExclusion, work: Work, version: IfMatch
) -> ExclusionResponse:
    """By the chair, who is another person than the one who asked. Whoever is excluded is heard
    otherwise, and learns of the outcome. Everybody invited is told."""
    exclusion = await service.decide_exclusion(work, meeting_id, exclusion_id, body, version)
    return _answer(work, 200, exclusion)


@router.post(
    "/{exclusion_id}/withdraw",
    summary="Take a request back",
    dependencies=[requires(Permission.MEETING_CONTRIBUTE)],
    responses=CHANGE,
)
async def withdraw_exclusion(
    meeting_id: UUID, exclusion_id: UUID, body: WithdrawExclusion, work: Work, version: IfMatch
) -> ExclusionResponse:
    """By the agency that asked, while the chair has not decided."""
    exclusion = await service.withdraw_exclusion(work, meeting_id, exclusion_id, body, version)
    return _answer(work, 200, exclusion)


def _answer(work: UnitOfWork, status: int, exclusion: Any) -> ExclusionResponse:
    """With the ETag of the request, not of the meeting."""
    body = ExclusionResponse.model_validate(queries.exclusion_body(exclusion))
    headers = etag(exclusion.version)
    if status == 201:
        headers["Location"] = f"/v1/meetings/{exclusion.meeting_id}/exclusions"
    subject = Subject("meeting", exclusion.meeting_id, exclusion.family_id)
    return work.answer(status, body, headers=headers, about=subject)
