"""Everything readable on a family, in time order."""

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
from api.journal.unit_of_work import Subject
from api.overview.chronology import queries
from api.overview.chronology.schemas import Chronology, EntryType, Order

router = APIRouter(prefix="/v1", tags=["Before a visit"])


@router.get(
    "/families/{family_id}/chronology",
    summary="The chronology of a family",
    response_model=Chronology,
    dependencies=[requires(Permission.FAMILY_READ)],
    responses=problems(404),
)
async def get_chronology(
    family_id: UUID,
    work: Work,
    type: Annotated[  # noqa: A002 (the parameter's name)
        list[EntryType], Query(description="Only entries of these types.")
    ] = [],  # noqa: B006 (FastAPI copies it)
    since: Annotated[Timestamp | None, Query(description="Not before this moment.")] = None,
    until: Annotated[Timestamp | None, Query(description="Before this moment.")] = None,
    order: Annotated[Order, Query(description="Newest first, unless `asc`.")] = Order.DESCENDING,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What happened on the record and to every alert that the caller may read: who, when, and
    why. An alert that is not for the caller's agency leaves no trace here."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/chronology"
    types = [each.value for each in type]
    given = {
        "type": types,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "order": order.value,
    }
    asked = queries.Asked(types, since, until, order is Order.ASCENDING)
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{given}")
    rows, following = await queries.page(work, family_id, asked, cursors, cursor, limit)
    shown = {str(row.resource_id) for row in rows if row.resource_type == "alert"}
    subject = Subject("family", family_id, family_id)
    work.disclosed(subject, action="chronology.read", details={"alerts": sorted(shown)})
    items = [_entry(row) for row in rows]
    return work.respond(
        200,
        to_json({"items": items, "next": following}),
        headers=link(path, following, limit, given),
    )


def _entry(row: Any) -> dict[str, Any]:
    url = queries.URLS[row.type].format(family_id=row.family_id, resource_id=row.resource_id)
    return {
        "at": row.at,
        "type": row.type,
        "resource": {"type": row.resource_type, "id": row.resource_id, "url": url},
        "family_id": row.family_id,
        "agency_id": row.agency_id,
        "by": {"name": row.name, "job_title": row.job_title} if row.name else None,
        "note": row.note,
    }
