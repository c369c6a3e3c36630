"""Writes on expert advice: recording, correcting."""

from uuid import UUID

from api.engagement import service
from api.engagement.advice import events
from api.engagement.advice.access import NAME
from api.engagement.advice.models import ExpertAdvice
from api.engagement.advice.schemas import (
    AdviceContent,
    CorrectAdvice,
    RecordAdvice,
    advice,
    columns_of,
)
from api.engagement.rules import day_problem
from api.engagement.service import Kind
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.journal.unit_of_work import UnitOfWork

KIND = Kind(NAME, ExpertAdvice, events.TAKEN, events.CORRECTED, advice)


def _check(work: UnitOfWork, said: AdviceContent, at: str = "") -> None:
    service.check([day_problem("advised_on", said.advised_on, london_date(work.now))], at)


async def record_advice(work: UnitOfWork, family_id: UUID, body: RecordAdvice) -> ExpertAdvice:
    await check_open(work, family_id)
    _check(work, body)
    row: ExpertAdvice = await service.record(
        work, KIND, family_id, columns_of(body), body.practitioner
    )
    return row


async def correct_advice(
    work: UnitOfWork, advice_id: UUID, body: CorrectAdvice, version: int
) -> ExpertAdvice:
    """By the agency that recorded it."""
    row = await service.begin_correction(work, ExpertAdvice, advice_id, version)
    _check(work, body.advice, "/advice")
    content = columns_of(body.advice)
    await service.correct(work, KIND, row, content, body.reason, body.practitioner)
    return row
