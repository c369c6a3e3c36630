"""Who may read a request to keep somebody out. The one place that says so."""

from sqlalchemy import ColumnElement

from api.journal.event_types import Expression
from api.meetings.access import of_readable
from api.meetings.exclusions.models import MeetingExclusion


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Everybody invited."""
    return of_readable(agency, MeetingExclusion.meeting_id)
