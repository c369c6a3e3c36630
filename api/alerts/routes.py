"""Alerts: publish, read, ratify, hand over, withdraw."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.roles import Permission
from api.alerts import queries, service
from api.alerts.rules import Severity, Status
from api.alerts.schemas import (
    AlertList,
    AlertResponse,
    HandOver,
    PublishAlert,
    Ratify,
    TransitionList,
    TransitionResponse,
    Withdraw,
)
from api.families.queries import check_family
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import MAX_LIMIT, Cursor, Cursors, next_link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Alerts"])

READ = [requires(Permission.ALERT_READ)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Statuses = Annotated[list[Status], Query(description="Only alerts of these statuses.")]
Severities = Annotated[list[Severity], Query(description="Only alerts of these severities.")]


@router.post(
    "/families/{family_id}/alerts",
    summary="Publish an alert",
    status_code=201,
    response_model=AlertResponse,
    dependencies=[requires(Permission.ALERT_PUBLISH, quota="publish", key_required=True)],
    responses=problems(404, 409, 422),
)
async def publish_alert(family_id: UUID, body: PublishAlert, work: Work) -> Response:
    """In force at once, as `provisional`; every agency of the audience is told within seconds.
    It lapses unless a manager other than its author ratifies it within 72 hours, or by noon of
    the next working day, whichever is later. Needs an `Idempotency-Key`: on a lost connection,
    repeat the request with the same key."""
    alert = await service.publish_alert(work, family_id, body)
    return await answer_alert(work, 201, alert)


@router.get(
    "/families/{family_id}/alerts",
    summary="List a family's alerts",
    response_model=AlertList,
    dependencies=READ,
    responses=problems(404),
)
async def list_family_alerts(
    family_id: UUID,
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The readable alerts of a family, newest first, ended ones included."""
    await check_family(work, family_id, under_glass=True)
    filters: dict[str, list[Any]] = {"family_id": [family_id], "status": list(status)}
    subject = Subject("family", family_id, family_id)
    return await _page(work, f"/v1/families/{family_id}/alerts", filters, cursor, limit, subject)


@router.get("/alerts", response_model=AlertList, dependencies=READ, responses=problems())
async def list_alerts(
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    severity: Severities = [],  # noqa: B006 (FastAPI copies it)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The readable alerts of all families the agency is involved with, newest first."""
    filters: dict[str, list[Any]] = {"status": list(status), "severity": list(severity)}
    return await _page(work, "/v1/alerts", filters, cursor, limit, None)


@router.get(
    "/alerts/{alert_id}",
    summary="Read an alert",
    response_model=AlertResponse,
    dependencies=READ,
    responses=problems(404),
)
async def get_alert(alert_id: UUID, work: Work) -> Response:
    """One alert. Every read is audited."""
    alert = await queries.read_alert(work, alert_id, under_glass=True)
    work.disclosed(queries.about(alert))
    return await answer_alert(work, 200, alert)


@router.get(
    "/alerts/{alert_id}/transitions",
    summary="What became of an alert",
    dependencies=READ,
    responses=problems(404),
)
async def list_transitions(alert_id: UUID, work: Work) -> TransitionList:
    """What became of the alert: who changed its status, when and why."""
    alert = await queries.read_alert(work, alert_id)
    work.disclosed(queries.about(alert), action="alert.transitions_read")
    found = await queries.list_transitions(work, alert_id)
    items = [TransitionResponse.model_validate(each, from_attributes=True) for each in found]
    return work.answer(200, TransitionList(items=items))


@router.post(
    "/alerts/{alert_id}/ratify",
    response_model=AlertResponse,
    dependencies=[requires(Permission.ALERT_RATIFY)],
    responses=problems(404, 409, 412, 422, 428),
)
async def ratify_alert(alert_id: UUID, body: Ratify, work: Work, version: IfMatch) -> Response:
    """By a manager of the owner, other than the author. Makes no new content version: what was
    acknowledged stays acknowledged. What this alert replaces is superseded by it now."""
    return await answer_alert(work, 200, await service.ratify_alert(work, alert_id, body, version))


@router.post(
    "/alerts/{alert_id}/withdraw",
    response_model=AlertResponse,
    dependencies=[requires(Permission.ALERT_WITHDRAW)],
    responses=problems(404, 409, 412, 422, 428),
)
async def withdraw_alert(alert_id: UUID, body: Withdraw, work: Work, version: IfMatch) -> Response:
    """By a manager of the owner. Every agency that was ever told or ever read it is told, until it
    acknowledges the recall; those that have left the family since learn the id and nothing
    else."""
    return await answer_alert(
        work, 200, await service.withdraw_alert(work, alert_id, body, version)
    )


@router.post(
    "/alerts/{alert_id}/hand-over",
    summary="Hand an alert over",
    response_model=AlertResponse,
    dependencies=[requires(Permission.ALERT_HAND_OVER)],
    responses=problems(404, 409, 412, 422, 428),
)
async def hand_over_alert(alert_id: UUID, body: HandOver, work: Work, version: IfMatch) -> Response:
    """Another agency of the audience answers for the alert from now on, such as before the
    owner leaves the family."""
    return await answer_alert(
        work, 200, await service.hand_over_alert(work, alert_id, body, version)
    )


async def answer_alert(work: UnitOfWork, status: int, alert: Any) -> Response:
    """The alert as its readers see it, with its ETag."""
    headers = etag(alert.version)
    if status == 201:
        headers["Location"] = f"/v1/alerts/{alert.id}"
    [body] = await queries.alert_bodies(work, [alert])
    return work.respond(status, to_json(body), headers=headers, about=queries.about(alert))


async def _page(
    work: UnitOfWork,
    path: str,
    filters: dict[str, list[Any]],
    cursor: str | None,
    limit: int,
    subject: Subject | None,
) -> Response:
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{filters}")
    rows, following = await queries.list_alerts(
        work, cursors, cursor, limit, filters, under_glass=subject is not None
    )
    details = {"alerts": [str(row.id) for row in rows]}
    work.note("alerts.listed", subject, details=details)
    work.showed("alert", [row.id for row in rows])
    items = await queries.alert_bodies(work, rows)
    headers = {}
    if following:
        given = {name: values for name, values in filters.items() if name != "family_id"}
        headers["Link"] = next_link(path, {**given, "cursor": following, "limit": limit})
    return work.respond(200, to_json({"items": items, "next": following}), headers=headers)
