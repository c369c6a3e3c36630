"""One page of a chronology: every source in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    select,
    tuple_,
    union_all,
)

from api.agreements import chronology as agreements
from api.agreements.breaches import chronology as breaches
from api.alerts import chronology as alerts
from api.alerts.challenges import chronology as challenges
from api.engagement import chronology as engagement
from api.engagement.advice import chronology as advice
from api.engagement.constraints import chronology as constraints
from api.engagement.inabilities import chronology as inabilities
from api.engagement.observations import chronology as observations
from api.engagement.sharing_checks.obligations import chronology as obligations
from api.families import chronology as families
from api.families.merging import chronology as merging
from api.foundation.paging import Cursors, cut
from api.incidents import chronology as incidents
from api.journal.unit_of_work import UnitOfWork
from api.meetings import chronology as meetings
from api.meetings.actions import chronology as actions
from api.meetings.exclusions import chronology as exclusions
from api.meetings.reports import chronology as reports
from api.plans import chronology as plans

SOURCES = (
    *families.SOURCES, *merging.SOURCES, *alerts.SOURCES, *challenges.SOURCES,
    *incidents.SOURCES, *engagement.SOURCES, *observations.SOURCES, *constraints.SOURCES,
    *inabilities.SOURCES, *advice.SOURCES, *obligations.SOURCES, *agreements.SOURCES,
    *breaches.SOURCES, *meetings.SOURCES, *exclusions.SOURCES, *reports.SOURCES,
    *actions.SOURCES, *plans.SOURCES,
)  # fmt: skip
TYPES = {name: meaning for source in SOURCES for name, meaning in source.types.items()}
URLS = {name: source.url for source in SOURCES for name in source.types}

_TIME = DateTime(timezone=True)
_ROWS = tuple(  # which several sources may share
    rows.where(rows.selected_columns.family_id == bindparam("family"))
    for rows in dict.fromkeys(source.rows for source in SOURCES)
)


class Asked(NamedTuple):
    """Which entries: of these types (of all, if none is named), within these times."""

    types: Sequence[str]
    since: datetime | None
    until: datetime | None
    ascending: bool


@cache
def _page(typed: bool, since: bool, until: bool, ascending: bool, continued: bool) -> Select[Any]:
    """The statement of a page. The place of an entry is its moment, its id and its type: a
    contest that is made and decided in one moment is two entries of one id."""
    found = union_all(*_ROWS).subquery("entries")
    place = (found.c.at, found.c.id, found.c.type)
    query = select(found).limit(bindparam("rows", type_=Integer()))
    query = query.order_by(*(each if ascending else each.desc() for each in place))
    if typed:
        query = query.where(found.c.type == any_(bindparam("types", type_=ARRAY(Text))))
    if since:
        query = query.where(found.c.at >= bindparam("since", type_=_TIME))
    if until:
        query = query.where(found.c.at < bindparam("until", type_=_TIME))
    if continued:
        last = tuple_(
            bindparam("at", type_=_TIME),
            bindparam("id", type_=Uuid()),
            bindparam("type", type_=Text()),
        )
        query = query.where(tuple_(*place) > last if ascending else tuple_(*place) < last)
    return query


async def page(
    work: UnitOfWork,
    family_id: UUID,
    asked: Asked,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """The entries of a readable family, and the cursor of the page that follows."""
    given: dict[str, Any] = {"family": family_id, "rows": limit + 1, "types": list(asked.types)}
    given |= {"since": asked.since, "until": asked.until}
    if cursor is not None:
        at, entry, kind = (str(each) for each in cursors.read(cursor))
        given |= {"at": datetime.fromisoformat(at), "id": UUID(entry), "type": kind}
    query = _page(
        bool(asked.types), asked.since is not None, asked.until is not None, asked.ascending,
        cursor is not None,
    )  # fmt: skip
    rows = await work.fetch(query, **given)
    return cut(rows, limit, cursors, lambda last: (last.at.isoformat(), str(last.id), last.type))
