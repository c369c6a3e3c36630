"""Who may read an action, and who may change it. The one place that says so."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from api.access.actor import Actor
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, expression, register
from api.meetings.access import of_readable
from api.meetings.actions.models import MeetingAction


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Everybody who reads the meeting: roles and tasks are known to all agencies (procedure §4).
    What names an alert, only who reads that, and its owner."""
    one = expression(agency)
    alert = exists(
        select(Alert.id).where(Alert.id == MeetingAction.alert_id, alert_readable_by(agency))
    ).correlate_except(Alert)
    return and_(
        of_readable(agency, MeetingAction.meeting_id),
        or_(MeetingAction.alert_id.is_(None), MeetingAction.agency_id == one, alert),
    )


def _readable(agency: Expression, action_id: Expression) -> ColumnElement[bool]:
    found = select(MeetingAction.id).where(MeetingAction.id == action_id, readable_by(agency))
    return exists(found).correlate_except(MeetingAction)


register(Resource("action", "/v1/actions", _readable))


def check_owns(actor: Actor, action: Any) -> None:
    """Raises Forbidden: only the agency that owns an action answers for it."""
    if action.agency_id != actor.agency_id:
        raise Forbidden("Only the agency that owns the action does this.")
