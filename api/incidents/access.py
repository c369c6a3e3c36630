"""Who may read an incident, and who may change it. The one place that says so."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from api.access.actor import Actor, Named, Person
from api.families.access import involved
from api.foundation.errors import Conflict, Forbidden
from api.incidents.models import Incident
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import How, Outcome
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """The agency that recorded it, and those it has shared the incident itself with, while they
    are involved with the family. Break-glass opens none."""
    one = expression(agency)
    shared = exists(
        select(SharingDecision.incident_id).where(
            SharingDecision.incident_id == Incident.id,
            SharingDecision.agency_id == one,
            SharingDecision.outcome == Outcome.SHARED,
            SharingDecision.how == How.INCIDENT,
        )
    ).correlate_except(SharingDecision)
    return and_(involved(Incident.family_id, agency), or_(Incident.agency_id == one, shared))


def _readable(agency: Expression, incident_id: Expression) -> ColumnElement[bool]:
    found = select(Incident.id).where(Incident.id == incident_id, readable_by(agency))
    return exists(found).correlate_except(Incident)


register(Resource("incident", "/v1/incidents", _readable))


def check_owns(actor: Actor, incident: Any) -> None:
    """Raises Forbidden: only the agency that recorded it changes an incident and shares it."""
    if incident.agency_id != actor.agency_id:
        raise Forbidden


def check_other_person(actor: Actor, incident: Any) -> Person:
    """The manager who decides. Raises Conflict when it is who recorded the incident."""
    person = actor.in_person()
    if person.is_same_as(Named(incident.author_id, incident.author_name)):
        raise Conflict("Who recorded the incident is not the manager who decides on it.")
    return person
