"""Acknowledging an alert, and what became of it at each agency."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.alerts.acknowledgements import queries, service
from api.alerts.acknowledgements.schemas import (
    Acknowledge,
    AcknowledgementList,
    AcknowledgementResponse,
    AlertAudience,
    AudienceMember,
)
from api.alerts.queries import about, read_alert, read_own_alert
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires
from api.journal.unit_of_work import Subject

router = APIRouter(prefix="/v1/alerts/{alert_id}", tags=["Alerts"])

READ = [requires(Permission.ALERT_READ)]


@router.post(
    "/acknowledgements",
    summary="Acknowledge an alert",
    status_code=201,
    dependencies=[requires(Permission.ALERT_ACKNOWLEDGE)],
    responses=problems(404, 409, 422),
)
async def acknowledge_alert(
    alert_id: UUID, body: Acknowledge, work: Work
) -> AcknowledgementResponse:
    """The agency has taken note, through a named practitioner. The owner is told. An alert that
    has ended is 409: acknowledge its recall instead."""
    made = await service.acknowledge_alert(work, alert_id, body)
    headers = {"Location": f"/v1/alerts/{alert_id}/acknowledgements"}
    about_it = Subject("alert", made.alert_id, made.family_id)
    return work.answer(201, _acknowledgement(made), headers=headers, about=about_it)


@router.get("/acknowledgements", dependencies=READ, responses=problems(404))
async def list_acknowledgements(alert_id: UUID, work: Work) -> AcknowledgementList:
    """All of them for the owner; for any other agency its own."""
    alert = await read_alert(work, alert_id)
    work.disclosed(about(alert), action="alert.acknowledgements_read")
    found = await queries.list_acknowledgements(work, alert)
    return work.answer(200, AcknowledgementList(items=[_acknowledgement(each) for each in found]))


@router.get(
    "/audience",
    summary="What became of an alert at each agency",
    dependencies=READ,
    responses=problems(404),
)
async def get_audience(alert_id: UUID, work: Work) -> AlertAudience:
    """For the owner: who was told, who read it, who took note and who has not, and when."""
    alert = await read_own_alert(work, alert_id)
    work.disclosed(about(alert), action="alert.audience_read")
    found = await queries.audience_of(work, alert_id)
    items = [AudienceMember.model_validate(each, from_attributes=True) for each in found]
    return work.answer(200, AlertAudience(items=items))


def _acknowledgement(made: Any) -> AcknowledgementResponse:
    plain = ("id", "alert_id", "agency_id", "content_version", "acted_on", "acknowledged_at")
    person = {"name": made.practitioner_name, "job_title": made.practitioner_job_title}
    return AcknowledgementResponse.model_validate(
        {**{name: getattr(made, name) for name in plain}, "practitioner": person}
    )
