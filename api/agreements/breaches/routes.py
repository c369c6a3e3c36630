"""Breaches of a written agreement: record, list."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.agreements.breaches import queries, service
from api.agreements.breaches.models import AgreementBreach
from api.agreements.breaches.schemas import BreachList, BreachResponse, RecordBreach
from api.agreements.queries import about, person, read_agreement
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires

router = APIRouter(prefix="/v1/agreements/{agreement_id}", tags=["Agreements"])

_PLAIN = (
    "id", "agreement_id", "family_id", "agency_id", "content_version", "occurred_on", "behaviours",
    "said", "recorded_at",
)  # fmt: skip


@router.post(
    "/breaches",
    summary="Record a breach",
    status_code=201,
    dependencies=[requires(Permission.AGREEMENT_RECORD)],
    responses=problems(404, 409, 422),
)
async def record_breach(agreement_id: UUID, body: RecordBreach, work: Work) -> BreachResponse:
    """By any involved agency, of an agreement in force. Every involved agency is told; the
    incidents that it links show only to those who may read them."""
    breach = await service.record_breach(work, agreement_id, body)
    await work.session.flush()
    incidents = await queries.incidents_of(work, [breach.id])
    agreement = await read_agreement(work, agreement_id)
    headers = {"Location": f"/v1/agreements/{agreement_id}/breaches"}
    answer = _breach(breach, incidents[breach.id])
    return work.answer(201, answer, headers=headers, about=about(agreement))


@router.get(
    "/breaches",
    summary="List the breaches of an agreement",
    dependencies=[requires(Permission.AGREEMENT_READ)],
    responses=problems(404),
)
async def list_breaches(agreement_id: UUID, work: Work) -> BreachList:
    """Newest first, by whichever agency. Of each, the incidents that the caller may read."""
    agreement = await read_agreement(work, agreement_id)
    work.disclosed(about(agreement), action="agreement.breaches_read")
    found = await queries.list_breaches(work, agreement_id)
    incidents = await queries.incidents_of(work, [each.id for each in found])
    return work.answer(200, BreachList(items=[_breach(each, incidents[each.id]) for each in found]))


def _breach(breach: AgreementBreach, incident_ids: list[UUID]) -> BreachResponse:
    body: dict[str, Any] = {name: getattr(breach, name) for name in _PLAIN}
    body["incident_ids"] = incident_ids
    body["consequence"] = {"applied": breach.applied, "why_not": breach.why_not}
    body["by"] = person(breach.by_name, breach.by_job_title)
    return BreachResponse.model_validate(body)
