"""The audit of the caller's own agency, and the checkpoints of all."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api.access.roles import Permission
from api.audit import queries
from api.audit.queries import Wanted
from api.audit.schemas import AuditPage, CheckpointList, CheckpointResponse
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.foundation.schemas import Id, Timestamp
from api.journal.dependencies import Work, requires
from api.journal.unit_of_work import Subject

router = APIRouter(prefix="/v1/audit", tags=["Audit"])

MOST_ACTIONS = 20
Action = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^([a-z_]+(\.[a-z_]+)+|(GET|POST|PUT|PATCH|DELETE) /[A-Za-z0-9_/{}.-]*)$",
    ),
]


def wanted(
    since: Annotated[Timestamp | None, Query(description="From this moment on.")] = None,
    until: Annotated[Timestamp | None, Query(description="Before this moment.")] = None,
    practitioner_id: Annotated[Id | None, Query(description="Of this person alone.")] = None,
    family_id: Annotated[Id | None, Query(description="About this family alone.")] = None,
    resource_id: Annotated[Id | None, Query(description="Of this alert, say, alone.")] = None,
    action: Annotated[
        list[Action],
        Query(
            max_length=MOST_ACTIONS,
            description="Any of these, such as `alert.read`; of refusals, such as "
            "`GET /v1/alerts/{alert_id}`.",
        ),
    ] = [],  # noqa: B006 (FastAPI copies it)
    outcome: Annotated[
        Literal["allowed", "denied"] | None, Query(description="Only what was allowed, or refused.")
    ] = None,
    break_glass: Annotated[
        bool | None, Query(description="Whether it was done under a break-glass.")
    ] = None,
) -> Wanted:
    """The filters of the query string."""
    ids = (practitioner_id, family_id, resource_id)
    return Wanted(since, until, *ids, tuple(action), outcome, break_glass)


@router.get(
    "",
    summary="Read the audit",
    response_model=AuditPage,
    dependencies=[requires(Permission.AUDIT_READ)],
    responses=problems(),
)
async def list_audit(
    work: Work,
    filters: Annotated[Wanted, Depends(wanted)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What the caller's own agency did, read and was refused, newest first. That the audit was
    read is an entry of it."""
    given = {name: _spelled(value) for name, value in filters.given.items()}
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"/v1/audit|{given}")
    items, following = await queries.list_entries(work, filters, cursors, cursor, limit)
    work.note("audit.read", None, details=_noted(given) | {"shown": len(items)})
    headers = link("/v1/audit", following, limit, given)
    return work.respond(200, to_json({"items": items, "next": following}), headers=headers)


def _noted(given: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, as the audit keeps it: of actions their number, since their names are
    whatever the caller wrote."""
    return given | {"action": len(given["action"])} if "action" in given else dict(given)


def _spelled(value: Any) -> str | list[str]:
    """A filter's value as the query string has it."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@router.get(
    "/checkpoints",
    response_model=CheckpointList,
    dependencies=[requires(Permission.CHECKPOINT_READ)],
    responses=problems(),
)
async def list_checkpoints(work: Work, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Every checkpoint of the audit's hash chain, newest first: the same for every agency."""
    cursors = Cursors(work.runtime.keyring, work.agency_id, "/v1/audit/checkpoints")
    items, following = await queries.list_checkpoints(work, cursors, cursor, limit)
    work.note("checkpoints.listed", None, details={"shown": len(items)})
    headers = link("/v1/audit/checkpoints", following, limit)
    return work.respond(200, to_json({"items": items, "next": following}), headers=headers)


@router.get(
    "/checkpoints/{checkpoint_id}",
    summary="Read a checkpoint",
    response_model=CheckpointResponse,
    dependencies=[requires(Permission.CHECKPOINT_READ)],
    responses=problems(404),
)
async def get_checkpoint(checkpoint_id: UUID, work: Work) -> Response:
    """One checkpoint, with the public key that its signature is verified with."""
    found = await queries.get_checkpoint(work, checkpoint_id)
    work.disclosed(Subject("checkpoint", checkpoint_id))
    return work.respond(200, to_json(found))
