"""Reads of breaches. All start from `readable_by`, and their incidents from `link_readable_by`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select

from api.agreements.breaches.access import link_readable_by, readable_by
from api.agreements.breaches.models import AgreementBreach, BreachIncident
from api.incidents.access import readable_by as incident_readable_by
from api.incidents.models import Incident
from api.incidents.rules import IncidentStatus
from api.journal.unit_of_work import UnitOfWork


async def list_breaches(work: UnitOfWork, agreement_id: UUID) -> list[AgreementBreach]:
    """Newest first."""
    found = await work.session.scalars(
        select(AgreementBreach)
        .where(AgreementBreach.agreement_id == agreement_id, readable_by(work.agency_id))
        .order_by(AgreementBreach.id.desc())
    )
    return list(found)


async def incidents_of(work: UnitOfWork, breach_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Of each breach the incidents that the caller reads."""
    rows = await work.session.execute(
        select(BreachIncident.breach_id, BreachIncident.incident_id)
        .where(BreachIncident.breach_id.in_(breach_ids), link_readable_by(work.agency_id))
        .order_by(BreachIncident.incident_id)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for breach_id, incident_id in rows:
        found[breach_id].append(incident_id)
    return found


async def linkable(work: UnitOfWork, family_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of the incidents that the caller reads, of this family; none that should not be."""
    found = await work.session.scalars(
        select(Incident.id).where(
            Incident.id.in_(ids),
            Incident.family_id == family_id,
            Incident.status != IncidentStatus.ENTERED_IN_ERROR,
            incident_readable_by(work.agency_id),
        )
    )
    return set(found)
