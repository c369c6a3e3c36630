"""Writes on observations: recording, correcting."""

from uuid import UUID

from api.engagement import service
from api.engagement.observations import events, rules
from api.engagement.observations.access import NAME
from api.engagement.observations.models import EngagementObservation
from api.engagement.observations.schemas import (
    CorrectObservation,
    RecordObservation,
    columns_of,
    observation,
)
from api.engagement.service import Kind
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.journal.unit_of_work import UnitOfWork

KIND = Kind(NAME, EngagementObservation, events.OBSERVED, events.CORRECTED, observation)


async def record_observation(
    work: UnitOfWork, family_id: UUID, body: RecordObservation
) -> EngagementObservation:
    await check_open(work, family_id)
    service.check(rules.problems(body, london_date(work.now)))
    row: EngagementObservation = await service.record(
        work, KIND, family_id, columns_of(body), body.practitioner
    )
    return row


async def correct_observation(
    work: UnitOfWork, observation_id: UUID, body: CorrectObservation, version: int
) -> EngagementObservation:
    """By the agency that recorded it."""
    row = await service.begin_correction(work, EngagementObservation, observation_id, version)
    service.check(rules.problems(body.observation, london_date(work.now)), "/observation")
    content = columns_of(body.observation)
    await service.correct(work, KIND, row, content, body.reason, body.practitioner)
    return row
