"""Decisions that wait: one that was opened by a joining gets its deadline, and the agency learns
of it; one that is overdue is told to the agency that owes it, once. Whoever is not involved at
the time cannot decide, and is told when it is involved again."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from api.families.access import involved
from api.incidents import events, queries
from api.incidents.models import Incident
from api.incidents.rules import IncidentStatus
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import Outcome
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork

BATCH = 50
_COLUMNS = (
    SharingDecision.incident_id, SharingDecision.agency_id, SharingDecision.owner_id,
    SharingDecision.due_at, Incident.id, Incident.family_id, Incident.content_version,
)  # fmt: skip


async def urge_decisions(runtime: Runtime) -> int:
    """One batch of what is new or overdue."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        waiting = list(await session.execute(_waiting(work)))
        for each in waiting:
            if each.due_at is None:
                within = timedelta(hours=runtime.settings.decide_sharing_hours)
                await _update(work, each, due_at=work.now + within)
                event_type = events.TO_DECIDE
            else:
                await _update(work, each, escalated_at=work.now)
                event_type = events.UNDECIDED
            details = {"agency": str(each.agency_id)}
            work.record(event_type, queries.about(each), to=[each.owner_id], details=details)
        await work.commit()
    return len(waiting)


def _waiting(work: UnitOfWork) -> Any:
    due: ColumnElement[bool] = or_(
        SharingDecision.due_at.is_(None), SharingDecision.due_at <= work.now
    )
    return (
        select(*_COLUMNS)
        .join(Incident, Incident.id == SharingDecision.incident_id)
        .where(
            SharingDecision.outcome == Outcome.UNDECIDED,
            SharingDecision.escalated_at.is_(None),
            Incident.status != IncidentStatus.ENTERED_IN_ERROR,
            involved(SharingDecision.family_id, SharingDecision.owner_id),
            due,
        )
        .order_by(SharingDecision.incident_id, SharingDecision.agency_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=SharingDecision)
    )


async def _update(work: UnitOfWork, decision: Any, **values: Any) -> None:
    await work.session.execute(
        update(SharingDecision)
        .where(
            SharingDecision.incident_id == decision.incident_id,
            SharingDecision.agency_id == decision.agency_id,
        )
        .values(**values)
    )
