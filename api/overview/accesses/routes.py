"""Who read what on a family, and why."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.roles import Permission
from api.families.queries import check_family
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.foundation.schemas import Timestamp
from api.journal.dependencies import Work, requires
from api.journal.event_types import RESOURCES
from api.journal.unit_of_work import Subject
from api.overview.accesses import queries
from api.overview.accesses.schemas import Accesses

router = APIRouter(prefix="/v1", tags=["Before a visit"])


@router.get(
    "/families/{family_id}/accesses",
    summary="Who read a family's record",
    response_model=Accesses,
    dependencies=[requires(Permission.FAMILY_ACCESSES)],
    responses=problems(404),
)
async def list_accesses(
    family_id: UUID,
    work: Work,
    since: Annotated[Timestamp | None, Query(description="Not before this moment.")] = None,
    until: Annotated[Timestamp | None, Query(description="Before this moment.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Every read of what the caller's agency may read itself, newest first: by whom, and for
    which reason. An alert that is not for the caller's agency is left out, and so is whoever
    read it. To read this is a read, too."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/accesses"
    asked = queries.Asked(since, until)
    given = {name: each.isoformat() if each else None for name, each in asked._asdict().items()}
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{given}")
    rows, following = await queries.page(work, family_id, asked, cursors, cursor, limit)
    subject = Subject("family", family_id, family_id)
    work.disclosed(subject, action="accesses.read", details={"count": len(rows)})
    items = [_access(row) for row in rows]
    return work.respond(
        200,
        to_json({"items": items, "next": following}),
        headers=link(path, following, limit, given),
    )


def _access(row: Any) -> dict[str, Any]:
    return {
        "at": row.recorded_at,
        "action": row.action,
        "resource": {
            "type": row.resource_type,
            "id": row.resource_id,
            "url": RESOURCES[row.resource_type].address(row.resource_id),
        },
        "agency": {"id": row.agency_id, "name": row.agency},
        "client": row.client,
        "practitioner": {"name": row.name, "job_title": row.job_title} if row.name else None,
        "reason": row.reason,
        "break_glass": row.break_glass,
    }
