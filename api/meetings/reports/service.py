"""Writes on reports: submit one."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from api.agencies.queries import acting_person
from api.families.service import check_open
from api.foundation.errors import Conflict
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import events
from api.meetings.queries import about, keep_meeting, read_meeting
from api.meetings.reports import queries
from api.meetings.reports.models import MeetingReport
from api.meetings.reports.rules import Audience
from api.meetings.reports.schemas import ReportBody, SubmitReport
from api.meetings.service import check_before_outcome


async def submit_report(work: UnitOfWork, meeting_id: UUID, body: SubmitReport) -> MeetingReport:
    """By an agency that is invited. It stands beside those before; none is changed."""
    found = await read_meeting(work, meeting_id)
    await check_open(work, found.family_id)
    meeting = await keep_meeting(work, meeting_id)
    check_before_outcome(meeting)
    person = await acting_person(work, body.practitioner, "/practitioner")
    report = MeetingReport(
        id=new_id(),
        meeting_id=meeting_id,
        family_id=meeting.family_id,
        agency_id=work.agency_id,
        number=await queries.last_number(work, meeting_id) + 1,
        audience=body.audience,
        content=body.model_dump(mode="json", include=set(ReportBody.model_fields)),
        submitted_at=work.now,
        by_id=person.id,
        by_name=person.name,
        by_job_title=person.job_title,
    )
    try:
        async with work.session.begin_nested():
            work.add(report)
    except IntegrityError as error:
        if "uq_meeting_reports" not in str(error.orig):
            raise
        raise Conflict("A report of this agency came in at the same moment: try again.") from None
    for_chair = body.audience is Audience.CHAIR
    to = {meeting.agency_id, work.agency_id} if for_chair else None
    work.record(events.REPORT_SUBMITTED, about(meeting), to=to, details={"report": str(report.id)})
    return report
