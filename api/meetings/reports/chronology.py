"""What of reports to meetings stands in a family's chronology, for those they are for."""

from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER
from api.meetings.reports.access import readable_by
from api.meetings.reports.models import MeetingReport

_SUBMITTED = entries(
    at=MeetingReport.submitted_at,
    id=MeetingReport.id,
    family_id=MeetingReport.family_id,
    type="meeting.report_submitted",
    resource_type="meeting",
    resource_id=MeetingReport.meeting_id,
    agency_id=MeetingReport.agency_id,
    name=MeetingReport.by_name,
    job_title=MeetingReport.by_job_title,
).where(readable_by(CALLER))

SOURCES = (
    Source(
        {"meeting.report_submitted": "An agency submitted its report to a meeting."},
        "/v1/meetings/{resource_id}/reports",
        _SUBMITTED,
    ),
)
