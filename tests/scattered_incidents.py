"""Incidents made at random, as rows, past every rule: of every status, shared in every way."""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.models import Alert
from api.foundation.ids import new_id
from api.incidents.models import Incident, IncidentVersion
from api.incidents.rules import IncidentStatus
from api.incidents.sharing.models import SharingDecision
from api.journal.models import AuditEntry

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DECIDED = {"decided_at": NOW, "decided_by_name": "A", "decided_by_job_title": "b"}


async def add_incident(
    session: AsyncSession, chance: Random, alert: Alert, agencies: list[UUID]
) -> None:
    """On the family of an alert, which may be how it is shared; also by agencies that were never
    involved, and with those that are not any more."""
    incident = an_incident(
        alert.family_id, chance.choice(agencies), chance.choice(list(IncidentStatus))
    )
    session.add(incident)
    await session.flush()
    session.add(a_version(incident))
    for agency in chance.sample(agencies, chance.randrange(len(agencies) + 1)):
        session.add(a_decision(chance, incident, agency, alert))
    for reader in chance.sample(agencies, 2):
        session.add(an_entry(incident, reader))


def an_incident(family_id: UUID, owner: UUID, status: IncidentStatus) -> Incident:
    return Incident(
        id=new_id(),
        family_id=family_id,
        agency_id=owner,
        author_name="A",
        author_job_title="b",
        status=status,
        occurred_at=NOW,
        recorded_at=NOW,
        late=False,
        behaved=[],
        behaviours=[],
        towards=[],
        uncooperativeness_types=[],
        circumstances=[],
        hate_elements=[],
        account={},
        version=1,
        content_version=1,
    )


def a_version(incident: Incident) -> IncidentVersion:
    return IncidentVersion(
        id=new_id(),
        incident_id=incident.id,
        family_id=incident.family_id,
        number=1,
        at=NOW,
        by_name="A",
        content={},
    )


def a_decision(chance: Random, incident: Incident, agency: UUID, alert: Alert) -> SharingDecision:
    outcomes = [
        {"outcome": "undecided"},
        {"outcome": "shared", "how": "incident", **DECIDED},
        {"outcome": "shared", "how": "alert", "alert_id": alert.id, **DECIDED},
        {"outcome": "not_shared", "reason_code": "no_contact_likely", "reason": "why", **DECIDED},
    ]
    return SharingDecision(
        incident_id=incident.id,
        agency_id=agency,
        family_id=incident.family_id,
        owner_id=incident.agency_id,
        **chance.choice(outcomes),
    )


def an_entry(incident: Incident, reader: UUID) -> AuditEntry:
    return AuditEntry(
        recorded_at=NOW,
        agency_id=reader,
        action="incident.read",
        outcome="allowed",
        family_id=incident.family_id,
        resource_type="incident",
        resource_id=incident.id,
        details={},
    )
