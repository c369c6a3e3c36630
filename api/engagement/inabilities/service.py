"""Writes on inabilities: recording, correcting, resolving."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from api.engagement import service
from api.engagement.inabilities import events
from api.engagement.inabilities.access import NAME
from api.engagement.inabilities.models import Inability
from api.engagement.inabilities.schemas import (
    CorrectInability,
    InabilityContent,
    RecordInability,
    columns_of,
    inability,
)
from api.engagement.rules import day_problem
from api.engagement.schemas import Resolve
from api.engagement.service import Kind
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid
from api.journal.unit_of_work import UnitOfWork

KIND = Kind(NAME, Inability, events.UNABLE, events.CORRECTED, inability)


async def _check(work: UnitOfWork, family_id: UUID, said: InabilityContent, at: str = "") -> None:
    service.check([day_problem("since", said.since, london_date(work.now))], at)
    covers, pointer = said.cover.agency_id, f"{at}/cover/agency_id"
    if covers == work.agency_id:
        raise Invalid.field(pointer, "itself", "An agency that is unable does not cover.")
    if covers is not None:
        await service.check_involved(work, family_id, covers, pointer)


async def record_inability(work: UnitOfWork, family_id: UUID, body: RecordInability) -> Inability:
    """Raises Conflict where one of the agency stands open already."""
    await check_open(work, family_id)
    await _check(work, family_id, body)
    try:
        async with work.session.begin_nested():
            row: Inability = await service.record(
                work, KIND, family_id, columns_of(body), body.practitioner
            )
    except IntegrityError as error:
        if "uq_engagement_inabilities_open" not in str(error.orig):
            raise
        raise Conflict("The agency has said so already: correct that, or resolve it.") from None
    return row


async def correct_inability(
    work: UnitOfWork, inability_id: UUID, body: CorrectInability, version: int
) -> Inability:
    """By the agency concerned."""
    row = await service.begin_correction(work, Inability, inability_id, version)
    await _check(work, row.family_id, body.inability, "/inability")
    content = columns_of(body.inability)
    await service.correct(work, KIND, row, content, body.reason, body.practitioner)
    return row


async def resolve_inability(
    work: UnitOfWork, inability_id: UUID, body: Resolve, version: int
) -> Inability:
    """By the agency concerned; once it has left the family, by any that is involved."""
    row: Inability = await service.resolve(work, Inability, inability_id, body, version)
    work.record(events.ABLE_AGAIN, KIND.about(row))
    return row
