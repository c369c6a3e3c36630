"""What the routes of the parts share: a page of a family's records, and what one said before."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from api.access.roles import Permission
from api.engagement import queries
from api.engagement.schemas import EngagementVersionList, version_list
from api.engagement.service import Kind
from api.families.queries import check_family
from api.foundation.openapi import problems
from api.foundation.paging import Cursors, next_link
from api.journal.dependencies import requires
from api.journal.unit_of_work import Subject, UnitOfWork

READ = [requires(Permission.ENGAGEMENT_READ)]
RECORD = [requires(Permission.ENGAGEMENT_RECORD)]
CREATED = problems(404, 409, 422)
CORRECTED = problems(404, 412, 422, 428)
RESOLVED = problems(404, 409, 412, 422, 428)


async def page_of_family(
    work: UnitOfWork,
    kind: Kind,
    family_id: UUID,
    path: str,
    given: Mapping[str, str | int | list[str] | None],
    conditions: Sequence[ColumnElement[bool]],
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None, dict[str, str]]:
    """The rows, the cursor of the page that follows, and the headers; noted as read. `given` are
    the caller's filters, as they stand in the address. Raises NotFound."""
    await check_family(work, family_id)
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{dict(given)}")
    of_family = [kind.model.family_id == family_id, *conditions]
    rows, following = await queries.page(work, kind.model, of_family, cursors, cursor, limit)
    subject = Subject("family", family_id, family_id)
    shown = [str(row.id) for row in rows]
    work.disclosed(subject, action=f"{kind.name}s.listed", details={f"{kind.name}s": shown})
    headers = {}
    if following:
        headers["Link"] = next_link(path, {**given, "cursor": following, "limit": limit})
    return rows, following, headers


async def versions_before(work: UnitOfWork, kind: Kind, row_id: UUID) -> EngagementVersionList:
    """Raises NotFound."""
    row = await queries.find(work, kind.model, row_id)
    work.disclosed(kind.about(row), action=f"{kind.name}.versions_read")
    return version_list(await queries.versions_of(work, kind.name, row.id))
