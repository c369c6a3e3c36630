"""Who may see a challenge: the agency that made it and the one that answers for the alert."""

from sqlalchemy import ColumnElement, exists, or_, select

from api.alerts.access import readable_by as alert_readable_by
from api.alerts.challenges.models import Challenge
from api.alerts.models import Alert
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """While they read the alert itself. Everybody else sees that the alert is disputed."""
    one = expression(agency)
    party = exists(
        select(Alert.id).where(
            Alert.id == Challenge.alert_id,
            or_(Challenge.agency_id == one, Alert.agency_id == one),
            alert_readable_by(agency),
        )
    )
    return party.correlate_except(Alert)


def _readable(agency: Expression, challenge_id: Expression) -> ColumnElement[bool]:
    found = select(Challenge.id).where(Challenge.id == challenge_id, readable_by(agency))
    return exists(found).correlate_except(Challenge)


register(Resource("challenge", "/v1/challenges", _readable))
