"""Writes on assessment constraints: recording, correcting, resolving."""

from uuid import UUID

from api.engagement import service
from api.engagement.constraints import events, rules
from api.engagement.constraints.access import NAME
from api.engagement.constraints.models import AssessmentConstraint
from api.engagement.constraints.schemas import (
    ConstraintContent,
    CorrectConstraint,
    RecordConstraint,
    columns_of,
    constraint,
)
from api.engagement.schemas import Resolve
from api.engagement.service import Kind
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.journal.unit_of_work import UnitOfWork

KIND = Kind(NAME, AssessmentConstraint, events.RECORDED, events.CORRECTED, constraint)


async def _check(work: UnitOfWork, family_id: UUID, said: ConstraintContent, at: str = "") -> None:
    service.check(rules.problems(said, london_date(work.now)), at)
    if said.member_id is not None:
        pointer = f"{at}/member_id"
        await service.check_member(work, family_id, said.member_id, pointer, child=True)


async def record_constraint(
    work: UnitOfWork, family_id: UUID, body: RecordConstraint
) -> AssessmentConstraint:
    await check_open(work, family_id)
    await _check(work, family_id, body)
    row: AssessmentConstraint = await service.record(
        work, KIND, family_id, columns_of(body), body.practitioner
    )
    return row


async def correct_constraint(
    work: UnitOfWork, constraint_id: UUID, body: CorrectConstraint, version: int
) -> AssessmentConstraint:
    """By the agency that meets it."""
    row = await service.begin_correction(work, AssessmentConstraint, constraint_id, version)
    await _check(work, row.family_id, body.constraint, "/constraint")
    content = columns_of(body.constraint)
    await service.correct(work, KIND, row, content, body.reason, body.practitioner)
    return row


async def resolve_constraint(
    work: UnitOfWork, constraint_id: UUID, body: Resolve, version: int
) -> AssessmentConstraint:
    """By the agency that meets it; once it has left the family, by any that is involved."""
    row: AssessmentConstraint = await service.resolve(
        work, AssessmentConstraint, constraint_id, body, version
    )
    work.record(events.RESOLVED, KIND.about(row))
    return row
