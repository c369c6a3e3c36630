"""What agencies bring to a meeting in writing: submit a report, read those for oneself."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires
from api.journal.unit_of_work import Subject
from api.meetings.queries import about, read_meeting
from api.meetings.reports import queries, service
from api.meetings.reports.schemas import ReportList, ReportResponse, SubmitReport
from api.meetings.routes import READ

router = APIRouter(prefix="/v1/meetings/{meeting_id}/reports", tags=["Meetings"])


@router.post(
    "",
    summary="Submit a report to a meeting",
    status_code=201,
    dependencies=[requires(Permission.MEETING_CONTRIBUTE)],
    responses=problems(404, 409, 422),
)
async def submit_report(meeting_id: UUID, body: SubmitReport, work: Work) -> ReportResponse:
    """By an agency that is invited, until the outcome is recorded. Told to those who may read it:
    everybody invited, or the chair's agency alone."""
    report = await service.submit_report(work, meeting_id, body)
    headers = {"Location": f"/v1/meetings/{meeting_id}/reports"}
    subject = Subject("meeting", meeting_id, report.family_id)
    return work.answer(201, _body(report), headers=headers, about=subject)


@router.get(
    "",
    summary="List the reports to a meeting",
    dependencies=READ,
    responses=problems(404),
)
async def list_reports(meeting_id: UUID, work: Work) -> ReportList:
    """Those for everybody invited, and the agency's own; to the chair's agency all."""
    meeting = await read_meeting(work, meeting_id)
    reports = list(await queries.list_reports(work, meeting_id))
    shown = {"reports": [str(each.id) for each in reports]}
    work.disclosed(about(meeting), action="meeting.reports_read", details=shown)
    return work.answer(200, ReportList(items=[_body(each) for each in reports]))


def _body(report: Any) -> ReportResponse:
    return ReportResponse.model_validate(queries.report_body(report))
