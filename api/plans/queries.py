"""Reads of plans. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.journal.unit_of_work import Subject, UnitOfWork
from api.plans.access import of_readable, readable_by
from api.plans.models import Plan, PlanRecipient
from api.plans.rules import PlanKind, PlanStatus


def about(row: Any) -> Subject:
    return Subject("plan", row.id, row.family_id, row.version)


async def lock_current_own(work: UnitOfWork, family_id: UUID, kind: PlanKind) -> list[Plan]:
    """The current plans of a kind that the caller's agency answers for, locked until the commit."""
    found = await work.session.scalars(
        select(Plan)
        .where(
            Plan.family_id == family_id,
            Plan.kind == kind,
            Plan.status == PlanStatus.CURRENT,
            Plan.agency_id == work.agency_id,
            readable_by(work.agency_id),
        )
        .order_by(Plan.id)
        .with_for_update()
    )
    return list(found)


async def recipients_of(work: UnitOfWork, plan_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Of each readable plan, the agencies that it was given to."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = await work.session.execute(
        select(PlanRecipient.plan_id, PlanRecipient.agency_id).where(
            PlanRecipient.plan_id.in_(list(plan_ids)),
            of_readable(work.agency_id, PlanRecipient.plan_id),
        )
    )
    for row in rows:
        found[row.plan_id].add(row.agency_id)
    return found
