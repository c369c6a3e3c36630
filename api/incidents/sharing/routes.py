"""Sharing decisions: read and take them."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.foundation.openapi import problems
from api.incidents import access
from api.incidents import queries as incidents
from api.incidents.sharing import queries, service
from api.incidents.sharing.schemas import DecideSharing, DecisionList, DecisionResponse
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Incidents"])


@router.get(
    "/incidents/{incident_id}/sharing-decisions",
    summary="List sharing decisions",
    dependencies=[requires(Permission.INCIDENT_READ)],
    responses=problems(404),
)
async def list_sharing_decisions(incident_id: UUID, work: Work) -> DecisionList:
    """One for every other agency involved; for the agency that recorded the incident alone."""
    incident = await incidents.read_incident(work, incident_id)
    access.check_owns(work.actor, incident)
    work.disclosed(incidents.about(incident), action="incident.decisions_read")
    return await _answer(work, incidents.about(incident), incident.version)


@router.post(
    "/incidents/{incident_id}/sharing-decisions",
    summary="Decide with whom to share",
    dependencies=[requires(Permission.INCIDENT_SHARE)],
    responses=problems(404, 409, 412, 422, 428),
)
async def decide_sharing(
    incident_id: UUID, body: DecideSharing, work: Work, version: IfMatch
) -> DecisionList:
    """Shared, as the incident itself or by an alert; or not, and why (Children Act 2004 s.16LA).
    Several at once, all or none. Not to share is judged in person: a system gets 403."""
    incident = await service.decide_sharing(work, incident_id, body, version)
    return await _answer(work, incidents.about(incident), incident.version)


async def _answer(work: UnitOfWork, about: Subject, version: int) -> DecisionList:
    found = await queries.decisions_of(work, about.id)
    items = [DecisionResponse(**queries.decision_body(each)) for each in found.values()]
    body = DecisionList(items=items, version=version)
    return work.answer(200, body, headers=etag(version), about=about)
