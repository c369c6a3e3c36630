"""Reads of sharing decisions, by the agency that takes them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.families.access import involved
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import Outcome
from api.journal.unit_of_work import UnitOfWork


async def decisions_of(
    work: UnitOfWork, incident_id: UUID, *, lock: bool = False
) -> dict[UUID, SharingDecision]:
    """By the agency considered, in the order they were opened. With `lock`, until the commit."""
    query = (
        select(SharingDecision)
        .where(
            SharingDecision.incident_id == incident_id,
            SharingDecision.owner_id == work.agency_id,
            involved(SharingDecision.family_id, work.agency_id),
        )
        .order_by(SharingDecision.agency_id)
    )
    found = await work.session.scalars(query.with_for_update(of=SharingDecision) if lock else query)
    return {each.agency_id: each for each in found}


async def undecided(work: UnitOfWork, incident_id: UUID) -> list[UUID]:
    """The agencies for which nobody has decided yet."""
    decisions = await decisions_of(work, incident_id)
    return [each for each, made in decisions.items() if made.outcome == Outcome.UNDECIDED]


def decision_body(row: SharingDecision) -> dict[str, Any]:
    return {
        "agency_id": row.agency_id,
        "outcome": row.outcome,
        "how": row.how,
        "alert_id": row.alert_id,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "due_at": row.due_at,
        "decided_at": row.decided_at,
        "decided_by_name": row.decided_by_name,
        "decided_by_job_title": row.decided_by_job_title,
    }
