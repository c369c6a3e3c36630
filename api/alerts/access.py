"""Who may read an alert, and who may change it. The one place that says so."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, or_, select

from api.access.actor import Actor, Named
from api.alerts import rules
from api.alerts.models import Alert, AlertRecipient
from api.families.access import involved
from api.foundation.errors import Conflict, Forbidden
from api.journal.event_types import Column, Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """An agency reads an alert while it is involved with the family and in the audience. Used
    in both directions: the alerts of an agency, and the agencies of an alert."""
    one = expression(agency)
    named = exists(
        select(AlertRecipient.alert_id).where(
            AlertRecipient.alert_id == Alert.id, AlertRecipient.agency_id == one
        )
    ).correlate_except(AlertRecipient)
    return and_(
        involved(Alert.family_id, agency),
        or_(
            Alert.audience_kind == rules.AudienceKind.INVOLVED,
            Alert.agency_id == one,
            named,
        ),
    )


def readable_to(agency: Expression, opened: Column) -> ColumnElement[bool]:
    """Those, and of the families that the caller has opened by break-glass the alerts shared with
    everybody involved; never what was shared with named agencies. For the reads that it opens,
    never for an audience or a write."""
    shared = Alert.audience_kind == rules.AudienceKind.INVOLVED
    return or_(readable_by(agency), and_(shared, Alert.family_id == any_(opened)))


def _readable(agency: Expression, alert_id: Expression) -> ColumnElement[bool]:
    found = select(Alert.id).where(Alert.id == alert_id, readable_by(agency))
    return exists(found).correlate_except(Alert)


register(Resource("alert", "/v1/alerts", _readable, recallable=True))


def check_owns(actor: Actor, alert: Any) -> None:
    """Raises Forbidden for any agency but the owner. Roles say which of its people may."""
    if alert.agency_id != actor.agency_id:
        raise Forbidden("Only the agency that answers for the alert does this.")


def check_live(alert: Any) -> None:
    """Raises Conflict for an alert that has ended."""
    if alert.status not in rules.LIVE:
        raise Conflict("The alert is no longer in force.", extra={"alert_status": alert.status})


def author_of(alert: Any) -> Named:
    return Named(alert.author_id, alert.author_name)


def check_other_person(actor: Actor, alert: Any) -> None:
    """Raises Conflict when author and approver are one person."""
    check_is_none_of(actor, [author_of(alert)])


def check_is_none_of(actor: Actor, authors: Iterable[Named]) -> None:
    """Raises Conflict when one of these is who approves."""
    if any(actor.in_person().is_same_as(each) for each in authors):
        raise Conflict("The author of an alert is not the one who approves it.")
