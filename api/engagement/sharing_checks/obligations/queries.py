"""Reads of obligations to share. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.access.actor import Named
from api.alerts import rules as alert_rules
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations.access import readable_by
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.engagement.sharing_checks.obligations.rules import ObligationStatus, is_overdue
from api.engagement.sharing_checks.obligations.schemas import ObligationResponse
from api.families.models import Involvement
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.incidents.access import readable_by as incident_readable_by
from api.incidents.models import Incident
from api.incidents.rules import IncidentStatus
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import Outcome
from api.journal.unit_of_work import UnitOfWork


async def get_obligation(
    work: UnitOfWork, obligation_id: UUID, *, lock: bool = False
) -> SharingObligation:
    """Raises NotFound. With `lock`, until the commit."""
    query = select(SharingObligation).where(
        SharingObligation.id == obligation_id, readable_by(work.agency_id)
    )
    if lock:
        query = query.with_for_update(of=SharingObligation).execution_options(
            populate_existing=True
        )
    found: SharingObligation | None = await work.session.scalar(query)
    if found is None:
        raise NotFound
    return found


async def list_obligations(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, statuses: list[str]
) -> tuple[list[SharingObligation], str | None]:
    """What the caller's agency owes and has owed, newest first."""
    query = (
        select(SharingObligation)
        .where(readable_by(work.agency_id))
        .order_by(SharingObligation.id.desc())
        .limit(limit + 1)
    )
    if statuses:
        query = query.where(SharingObligation.status.in_(statuses))
    if cursor is not None:
        query = query.where(SharingObligation.id < UUID(str(cursors.read(cursor)[0])))
    rows = list(await work.session.scalars(query))
    more = cursors.make(str(rows[limit - 1].id)) if len(rows) > limit else None
    return rows[:limit], more


async def open_obligations(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency still owes on this family."""
    found = await work.session.scalars(
        select(SharingObligation.id)
        .where(
            readable_by(work.agency_id),
            SharingObligation.family_id == family_id,
            SharingObligation.status == ObligationStatus.OPEN,
        )
        .order_by(SharingObligation.id)
    )
    return list(found)


async def owed_to(work: UnitOfWork, family_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The other agencies involved with each of these families, now."""
    found = await work.session.execute(
        select(Involvement.family_id, Involvement.agency_id)
        .where(
            Involvement.family_id.in_(family_ids),
            Involvement.until_at.is_(None),
            Involvement.agency_id != work.agency_id,
        )
        .order_by(Involvement.id)
    )
    involved = defaultdict(list)
    for family_id, agency_id in found:
        involved[family_id].append(agency_id)
    return involved


async def answerer_of(work: UnitOfWork, obligation: SharingObligation) -> Named:
    """Who answered the questions that it follows from."""
    row = (
        await work.session.execute(
            select(SharingCheck.author_id, SharingCheck.author_name).where(
                SharingCheck.id == obligation.check_id
            )
        )
    ).one()
    return Named(row.author_id, row.author_name)


async def own_live_alert(
    work: UnitOfWork, alert_id: UUID, family_ids: Collection[UUID]
) -> UUID | None:
    """The id, where it is one of the agency's own that is in force on one of these records."""
    found: UUID | None = await work.session.scalar(
        select(Alert.id).where(
            Alert.id == alert_id,
            Alert.agency_id == work.agency_id,
            Alert.family_id.in_(family_ids),
            Alert.status.in_(alert_rules.LIVE),
            alert_readable_by(work.agency_id),
        )
    )
    return found


async def own_incident(
    work: UnitOfWork, incident_id: UUID, family_ids: Collection[UUID]
) -> UUID | None:
    """The id, where it is one of the agency's own on one of these records, and stands."""
    found: UUID | None = await work.session.scalar(
        select(Incident.id).where(
            Incident.id == incident_id,
            Incident.agency_id == work.agency_id,
            Incident.family_id.in_(family_ids),
            Incident.status != IncidentStatus.ENTERED_IN_ERROR,
            incident_readable_by(work.agency_id),
        )
    )
    return found


async def shared_with(work: UnitOfWork, incident_id: UUID) -> set[UUID]:
    """The agencies that were given an incident of the caller's own, or an alert of it."""
    found = await work.session.scalars(
        select(SharingDecision.agency_id).where(
            SharingDecision.incident_id == incident_id,
            SharingDecision.owner_id == work.agency_id,
            SharingDecision.outcome == Outcome.SHARED,
        )
    )
    return set(found)


def obligation_body(
    work: UnitOfWork, obligation: SharingObligation, owed: list[UUID]
) -> ObligationResponse:
    """`owed`: the other agencies involved now."""
    status = ObligationStatus(obligation.status)
    plain = ("id", "family_id", "agency_id", "recipients", "opened_at", "due_at", "version")
    return ObligationResponse.model_validate(
        {
            **{name: getattr(obligation, name) for name in plain},
            "status": status,
            "outstanding": owed if status is ObligationStatus.OPEN else [],
            "overdue": is_overdue(status, obligation.due_at, owed, work.now),
            "discharge": _discharge(obligation),
        }
    )


def _discharge(obligation: SharingObligation) -> dict[str, Any] | None:
    if obligation.discharged_by is None:
        return None
    name, job_title = obligation.discharger_name, obligation.discharger_job_title
    return {
        "by": obligation.discharged_by,
        "alert_id": obligation.alert_id,
        "incident_id": obligation.incident_id,
        "reason": obligation.reason,
        "told": obligation.told or [],
        "at": obligation.discharged_at,
        "person": {"name": name, "job_title": job_title} if name else None,
    }
