"""Who may read a report. The one place that says so."""

from sqlalchemy import ColumnElement, and_, or_

from api.journal.event_types import Expression, expression
from api.meetings.access import of_chaired, of_readable
from api.meetings.reports.models import MeetingReport
from api.meetings.reports.rules import Audience


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Everybody invited, where it is for them; else the agency that submitted it and the
    chair's."""
    one = expression(agency)
    return and_(
        of_readable(agency, MeetingReport.meeting_id),
        or_(
            MeetingReport.audience == Audience.INVITED,
            MeetingReport.agency_id == one,
            of_chaired(agency, MeetingReport.meeting_id),
        ),
    )
