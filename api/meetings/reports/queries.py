"""Reads of reports. All start from `readable_by`."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.journal.unit_of_work import UnitOfWork
from api.meetings.reports.access import readable_by
from api.meetings.reports.models import MeetingReport

_PLAIN = ("id", "meeting_id", "agency_id", "audience", "content", "submitted_at")


def report_body(row: Any) -> dict[str, Any]:
    body = {name: getattr(row, name) for name in _PLAIN}
    body["by"] = {"name": row.by_name, "job_title": row.by_job_title}
    return body


async def list_reports(work: UnitOfWork, meeting_id: UUID) -> Iterable[MeetingReport]:
    """Of a meeting, in the order in which they were submitted."""
    return await work.session.scalars(
        select(MeetingReport)
        .where(MeetingReport.meeting_id == meeting_id, readable_by(work.agency_id))
        .order_by(MeetingReport.id)
    )


async def last_number(work: UnitOfWork, meeting_id: UUID) -> int:
    """Of the reports of the caller's agency to a meeting; 0 where it has submitted none."""
    found: int | None = await work.session.scalar(
        select(func.max(MeetingReport.number)).where(
            MeetingReport.meeting_id == meeting_id,
            MeetingReport.agency_id == work.agency_id,
            readable_by(work.agency_id),
        )
    )
    return found or 0
