"""Who may read a breach, and which of its incidents."""

from sqlalchemy import ColumnElement, and_, exists, select

from api.agreements.breaches.models import AgreementBreach, BreachIncident
from api.families.access import involved
from api.incidents.access import readable_by as incident_readable_by
from api.incidents.models import Incident
from api.journal.event_types import Expression


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Whoever reads the agreement: every agency that is involved with the family."""
    return involved(AgreementBreach.family_id, agency)


def link_readable_by(agency: Expression) -> ColumnElement[bool]:
    """A link is as hidden as the incident itself, for whoever reads the breach."""
    incident = exists(
        select(Incident.id).where(
            Incident.id == BreachIncident.incident_id, incident_readable_by(agency)
        )
    ).correlate_except(Incident)
    return and_(involved(BreachIncident.family_id, agency), incident)
