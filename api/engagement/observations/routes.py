"""Observations: how contacts with a family went."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.engagement import queries
from api.engagement.observations import service
from api.engagement.observations.models import EngagementObservation
from api.engagement.observations.queries import Asked
from api.engagement.observations.rules import Type
from api.engagement.observations.schemas import (
    CorrectObservation,
    ObservationList,
    ObservationResponse,
    RecordObservation,
    observation,
)
from api.engagement.routes import (
    CORRECTED,
    CREATED,
    READ,
    RECORD,
    page_of_family,
    versions_before,
)
from api.engagement.schemas import EngagementVersionList
from api.engagement.service import Kind
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Limit
from api.foundation.schemas import Day, Id
from api.journal.dependencies import IfMatch, Work, etag
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Engagement"])

KIND: Kind = service.KIND


@router.post(
    "/families/{family_id}/engagement/observations",
    summary="Record an observation",
    status_code=201,
    dependencies=RECORD,
    responses=CREATED,
)
async def record_observation(
    family_id: UUID, body: RecordObservation, work: Work
) -> ObservationResponse:
    """How one contact went, also one that nobody made. Every agency involved reads it. It is no
    alert, and none is made of it."""
    return _answer(work, 201, await service.record_observation(work, family_id, body))


@router.get(
    "/families/{family_id}/engagement/observations",
    summary="List a family's observations",
    dependencies=READ,
    responses=problems(404),
)
async def list_observations(
    family_id: UUID,
    work: Work,
    agency_id: Annotated[Id | None, Query(description="Only those of this agency.")] = None,
    type: Annotated[list[Type], Query(description="Only those of these types.")] = [],  # noqa: A002, B006 (the parameter's name; FastAPI copies it)
    since: Annotated[Day | None, Query(description="Not before this day.")] = None,
    until: Annotated[Day | None, Query(description="Not after this day.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ObservationList:
    """Of every agency, the latest day first."""
    asked = Asked(agency_id, [each.value for each in type], since, until)
    path = f"/v1/families/{family_id}/engagement/observations"
    rows, following, headers = await page_of_family(
        work, KIND, family_id, path, asked.given(), asked.conditions(), cursor, limit
    )
    page = ObservationList(items=[observation(row) for row in rows], next=following)
    return work.answer(200, page, headers=headers)


@router.get(
    "/engagement-observations/{observation_id}",
    summary="Read an observation",
    dependencies=READ,
    responses=problems(404),
)
async def get_observation(observation_id: UUID, work: Work) -> ObservationResponse:
    """As it stands now."""
    row = await queries.find(work, EngagementObservation, observation_id)
    work.disclosed(KIND.about(row))
    return _answer(work, 200, row)


@router.get(
    "/engagement-observations/{observation_id}/versions",
    summary="What an observation said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_observation_versions(observation_id: UUID, work: Work) -> EngagementVersionList:
    """What it said until each correction, with who corrected it and why."""
    return work.answer(200, await versions_before(work, KIND, observation_id))


@router.post(
    "/engagement-observations/{observation_id}/correct",
    summary="Correct an observation",
    dependencies=RECORD,
    responses=CORRECTED,
)
async def correct_observation(
    observation_id: UUID, body: CorrectObservation, work: Work, version: IfMatch
) -> ObservationResponse:
    """By the agency that recorded it: the whole content anew, and why."""
    return _answer(
        work, 200, await service.correct_observation(work, observation_id, body, version)
    )


def _answer(work: UnitOfWork, status: int, row: EngagementObservation) -> ObservationResponse:
    headers = {"Location": f"/v1/engagement-observations/{row.id}", **etag(row.version)}
    return work.answer(status, observation(row), headers=headers, about=KIND.about(row))
