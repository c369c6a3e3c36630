"""One page of accesses: the audit entries of a family, the lookups that found it, and the lists
and banners that showed something of it beside others."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from api.agencies.models import Agency, Client, Practitioner
from api.families.access import involved
from api.families.models import Involvement
from api.foundation.paging import Cursors, cut
from api.journal.event_types import RESOURCES
from api.journal.models import AuditEntry
from api.journal.unit_of_work import CALLER, UnitOfWork
from api.overview.accesses.rules import READ

_TIME = DateTime(timezone=True)
_FAMILY = bindparam("family", type_=Uuid())
_ROWS = bindparam("rows", type_=Integer())


class Asked(NamedTuple):
    since: datetime | None
    until: datetime | None


def _readable() -> ColumnElement[bool]:
    """Whether the caller's agency may read what was read. What is private to people of it, or
    registered by nobody, is shown to nobody."""
    return or_(
        *(
            and_(
                AuditEntry.resource_type == each.name, each.readable(CALLER, AuditEntry.resource_id)
            )
            for each in RESOURCES.values()
            if not each.private
        )
    )


def _reads() -> Select[*tuple[Any, ...]]:
    return select(
        AuditEntry.id,
        AuditEntry.recorded_at,
        AuditEntry.agency_id,
        AuditEntry.client_id,
        AuditEntry.practitioner_id,
        AuditEntry.action,
        AuditEntry.resource_type,
        AuditEntry.resource_id,
        AuditEntry.details.op("?", return_type=Boolean())("break_glass").label("break_glass"),
    ).where(
        AuditEntry.family_id == _FAMILY,
        involved(AuditEntry.family_id, CALLER),
        AuditEntry.outcome == "allowed",
        AuditEntry.agency_id.is_not(None),
        AuditEntry.action.op("~", return_type=Boolean())(READ),
        _readable(),
    )


def _lookups() -> Select[Any]:
    """Through the door `lookups_of`: one entry is about many families."""
    found = func.lookups_of(_FAMILY).table_valued(
        column("id", Uuid),
        column("recorded_at", _TIME),
        *(column(name, Uuid) for name in ("agency_id", "client_id", "practitioner_id")),
        name="lookups",
    )
    return select(
        *found.c,
        literal("banners.looked_up", Text).label("action"),
        literal("family", Text).label("resource_type"),
        _FAMILY.label("resource_id"),
        false().label("break_glass"),
    )


def _listings() -> Select[Any]:
    """Through the door `listings_of`, for the same reason."""
    found = func.listings_of(_FAMILY).table_valued(
        column("id", Uuid),
        column("recorded_at", _TIME),
        *(column(name, Uuid) for name in ("agency_id", "client_id", "practitioner_id")),
        column("action", Text),
        column("break_glass", Boolean),
        name="listings",
    )
    entry = (each for each in found.c if each.name != "break_glass")
    return select(
        *entry,
        literal("family", Text).label("resource_type"),
        _FAMILY.label("resource_id"),
        found.c.break_glass,
    )


def _reason(read: Any) -> ColumnElement[Any]:
    """Why the agency was involved when it read."""
    return (
        select(Involvement.reason)
        .where(
            Involvement.family_id == _FAMILY,
            Involvement.agency_id == read.c.agency_id,
            Involvement.from_at <= read.c.recorded_at,
            or_(Involvement.until_at.is_(None), Involvement.until_at >= read.c.recorded_at),
        )
        .order_by(Involvement.from_at.desc(), Involvement.id.desc())
        .limit(1)
        .scalar_subquery()
    )


@cache
def _page(since: bool, until: bool, continued: bool) -> Select[Any]:
    """The statement of a page. The newest of each source are taken first, by their index."""

    def newest(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        at, entry = query.selected_columns.recorded_at, query.selected_columns.id
        if since:
            query = query.where(at >= bindparam("since", type_=_TIME))
        if until:
            query = query.where(at < bindparam("until", type_=_TIME))
        if continued:
            last = tuple_(bindparam("at", type_=_TIME), bindparam("id", type_=Uuid()))
            query = query.where(tuple_(at, entry) < last)
        return query.order_by(at.desc(), entry.desc()).limit(_ROWS)

    sources = (select(newest(each()).subquery()) for each in (_reads, _lookups, _listings))
    read = union_all(*sources).subquery("read")
    return (
        select(
            read,
            Agency.name.label("agency"),
            Client.name.label("client"),
            Practitioner.name,
            Practitioner.job_title,
            _reason(read).label("reason"),
        )
        .join(Agency, Agency.id == read.c.agency_id)
        .outerjoin(Client, Client.id == read.c.client_id)
        .outerjoin(Practitioner, Practitioner.id == read.c.practitioner_id)
        .order_by(read.c.recorded_at.desc(), read.c.id.desc())
        .limit(_ROWS)
    )


async def page(
    work: UnitOfWork,
    family_id: UUID,
    asked: Asked,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """Newest first, of a readable family, and the cursor of the page that follows."""
    given: dict[str, Any] = {"family": family_id, "rows": limit + 1, **asked._asdict()}
    if cursor is not None:
        at, entry = (str(each) for each in cursors.read(cursor))
        given |= {"at": datetime.fromisoformat(at), "id": UUID(entry)}
    query = _page(asked.since is not None, asked.until is not None, cursor is not None)
    rows = await work.fetch(query, **given)
    return cut(rows, limit, cursors, lambda last: (last.recorded_at.isoformat(), str(last.id)))
