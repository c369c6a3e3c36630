"""Incidents: record, read, correct, decide, close."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.roles import Permission
from api.families.queries import check_family
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.foundation.schemas import Timestamp
from api.incidents import access, queries, service
from api.incidents.models import Incident
from api.incidents.queries import Asked
from api.incidents.rules import IncidentStatus
from api.incidents.schemas import (
    CorrectIncident,
    DecideIncident,
    EnterIncidentInError,
    IncidentList,
    IncidentResponse,
    IncidentVersionList,
    IncidentVersionResponse,
    RecordIncident,
)
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Incidents"])

READ = [requires(Permission.INCIDENT_READ)]
DECIDE = [requires(Permission.INCIDENT_DECIDE)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.post(
    "/families/{family_id}/incidents",
    summary="Record an incident",
    status_code=201,
    response_model=IncidentResponse,
    dependencies=[requires(Permission.INCIDENT_RECORD, quota="publish", key_required=True)],
    responses=problems(404, 409, 422),
)
async def record_incident(family_id: UUID, body: RecordIncident, work: Work) -> Response:
    """One call: when, what, who, towards whom. What else it should say is listed as
    `outstanding`. A sharing decision is opened for every other agency involved; `sharing` takes
    them at once, and publishes an alert with them, all or nothing. Needs an `Idempotency-Key`."""
    return answer_incident(work, 201, await service.record_incident(work, family_id, body))


@router.get(
    "/families/{family_id}/incidents",
    summary="List a family's incidents",
    response_model=IncidentList,
    dependencies=READ,
    responses=problems(404),
)
async def list_family_incidents(
    family_id: UUID,
    work: Work,
    status: Annotated[
        list[IncidentStatus], Query(description="Only incidents of these statuses.")
    ] = [],  # noqa: B006 (FastAPI copies it)
    since: Annotated[Timestamp | None, Query(description="What happened then or later.")] = None,
    until: Annotated[Timestamp | None, Query(description="What happened before.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The agency's own, and what was shared with it; the latest first."""
    await check_family(work, family_id)
    path, asked = f"/v1/families/{family_id}/incidents", Asked(list(status), since, until)
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{asked}")
    rows, following = await queries.list_incidents(work, family_id, asked, cursors, cursor, limit)
    details = {"incidents": [str(row.id) for row in rows]}
    work.note("incidents.listed", Subject("family", family_id, family_id), details=details)
    times = {"since": since, "until": until}
    given: dict[str, Any] = {name: moment and moment.isoformat() for name, moment in times.items()}
    headers = link(path, following, limit, {"status": list(status), **given})
    items = [queries.incident_body(work, row) for row in rows]
    return work.respond(200, to_json({"items": items, "next": following}), headers=headers)


@router.get(
    "/incidents/{incident_id}",
    summary="Read an incident",
    response_model=IncidentResponse,
    dependencies=READ,
    responses=problems(404),
)
async def get_incident(incident_id: UUID, work: Work) -> Response:
    """The agency's own, or one that was shared with it. Every read is audited."""
    incident = await queries.read_incident(work, incident_id)
    work.disclosed(queries.about(incident))
    return answer_incident(work, 200, incident)


@router.patch(
    "/incidents/{incident_id}",
    summary="Correct an incident",
    response_model=IncidentResponse,
    dependencies=[requires(Permission.INCIDENT_RECORD)],
    responses=CHANGE,
)
async def correct_incident(
    incident_id: UUID, body: CorrectIncident, work: Work, version: IfMatch
) -> Response:
    """Adds what was outstanding, or says it otherwise, with the reason. The version before is
    kept, and everybody who reads the incident is told."""
    incident = await service.correct_incident(work, incident_id, body, version)
    return answer_incident(work, 200, incident)


@router.get(
    "/incidents/{incident_id}/versions",
    summary="What an incident said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_incident_versions(incident_id: UUID, work: Work) -> IncidentVersionList:
    """Every version, for the agency that recorded the incident."""
    incident = await queries.read_incident(work, incident_id)
    access.check_owns(work.actor, incident)
    work.disclosed(queries.about(incident), action="incident.versions_read")
    found = await queries.list_versions(work, incident_id)
    items = [IncidentVersionResponse.model_validate(each, from_attributes=True) for each in found]
    return work.answer(200, IncidentVersionList(items=items))


@router.post(
    "/incidents/{incident_id}/decision",
    summary="Decide how the work goes on",
    response_model=IncidentResponse,
    dependencies=DECIDE,
    responses=CHANGE,
)
async def decide_incident(
    incident_id: UUID, body: DecideIncident, work: Work, version: IfMatch
) -> Response:
    """By a manager other than who recorded it: how the work can safely go on, and why."""
    incident = await service.decide_incident(work, incident_id, body, version)
    return answer_incident(work, 200, incident)


@router.post(
    "/incidents/{incident_id}/close",
    summary="Close an incident",
    response_model=IncidentResponse,
    dependencies=DECIDE,
    responses=CHANGE,
)
async def close_incident(incident_id: UUID, work: Work, version: IfMatch) -> Response:
    """By a manager. Refused while one agency is undecided, or how the work goes on is not
    decided."""
    return answer_incident(work, 200, await service.close_incident(work, incident_id, version))


@router.post(
    "/incidents/{incident_id}/enter-in-error",
    summary="Enter an incident in error",
    response_model=IncidentResponse,
    dependencies=DECIDE,
    responses=CHANGE,
)
async def enter_incident_in_error(
    incident_id: UUID, body: EnterIncidentInError, work: Work, version: IfMatch
) -> Response:
    """By a manager. There should never have been this incident; whom it was shared with is told,
    and goes on reading that it was an error."""
    incident = await service.enter_incident_in_error(work, incident_id, body, version)
    return answer_incident(work, 200, incident)


def answer_incident(work: UnitOfWork, status: int, incident: Incident | Any) -> Response:
    """The incident as the caller's agency sees it, with its ETag."""
    body = queries.incident_body(work, incident)
    headers = etag(body["version"])
    if status == 201:
        headers["Location"] = f"/v1/incidents/{incident.id}"
    return work.respond(status, to_json(body), headers=headers, about=queries.about(incident))
