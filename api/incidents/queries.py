"""Reads of incidents. All start from `readable_by`; lists select columns, not entities."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    select,
    tuple_,
)
from sqlalchemy.sql.selectable import LateralFromClause

from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.incidents import rules
from api.incidents.access import readable_by
from api.incidents.models import Incident, IncidentVersion
from api.incidents.rules import Due
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork

_TIME = DateTime(timezone=True)
# Columns that hold a part of what an incident says; the other parts are in `account`.
SAID = (
    "occurred_at", "place", "behaved", "behaviours", "towards", "scope",
    "uncooperativeness_types", "circumstances", "hate_elements", "left_at", "manager_told_at",
)  # fmt: skip
ACCOUNT = (
    "what_happened", "reasons", "child", "police", "beyond_work", "decision", "injury",
    "debrief", "cause", "making_sense",
)  # fmt: skip
# About the recording agency's own staff, and for nobody else.
OF_STAFF = ("manager_told_at", "injury", "debrief", "cause", "making_sense")
_LISTS = ("reasons", "beyond_work")
_OTHER = (
    "id", "family_id", "agency_id", "author_id", "author_name", "author_job_title", "status",
    "recorded_at", "late", "account", "version", "content_version",
)  # fmt: skip
_COLUMNS = tuple(getattr(Incident, name) for name in SAID + _OTHER)
_READABLE = select(*_COLUMNS).where(readable_by(CALLER))
_ONE = _READABLE.where(Incident.id == bindparam("incident"))
_KNOWN = select(Incident.id, Incident.family_id).where(
    readable_by(CALLER), Incident.id == any_(bindparam("incidents", type_=ARRAY(Uuid)))
)


def latest_of(family_id: ColumnElement[Any]) -> LateralFromClause:
    """The latest incident of each family that the caller reads, to be joined to its row."""
    return (
        select(
            Incident.id.label("incident_id"),
            Incident.agency_id.label("incident_agency_id"),
            Incident.occurred_at.label("incident_at"),
            Incident.place.label("incident_place"),
            Incident.behaviours.label("incident_behaviours"),
        )
        .where(
            Incident.family_id == family_id,
            Incident.status != rules.IncidentStatus.ENTERED_IN_ERROR,
            readable_by(CALLER),
        )
        .order_by(Incident.occurred_at.desc(), Incident.id.desc())
        .limit(1)
        .lateral("latest")
    )


class Asked(NamedTuple):
    """Which incidents of a family: of these statuses (of all, if none is named), in these times."""

    statuses: list[str]
    since: datetime | None
    until: datetime | None


def about(row: Any) -> Subject:
    """By its content version: decisions about other agencies do not show in what is told."""
    return Subject("incident", row.id, row.family_id, row.content_version)


def said(row: Any) -> dict[str, Any]:
    """All that an incident says, part by part."""
    parts = {name: getattr(row, name) for name in SAID}
    parts |= {name: row.account.get(name, [] if name in _LISTS else None) for name in ACCOUNT}
    held_on = (parts["debrief"] or {}).get("held_on")
    if held_on is not None:
        parts["debrief"] = parts["debrief"] | {"held_on": date.fromisoformat(held_on)}
    return parts


def incident_body(work: UnitOfWork, row: Any) -> dict[str, Any]:
    """An incident as the caller's agency sees it, of a row or of the entity."""
    own = row.agency_id == work.agency_id
    body = said(row)
    if not own:
        body |= dict.fromkeys(OF_STAFF)
    return body | {
        "id": row.id,
        "family_id": row.family_id,
        "agency_id": row.agency_id,
        "recorder": {"name": row.author_name, "job_title": row.author_job_title},
        "status": row.status,
        "recorded_at": row.recorded_at,
        "late": row.late,
        "outstanding": _outstanding(work, row) if own else None,
        "version": row.version if own else row.content_version,
        "content_version": row.content_version,
    }


def due_dates(work: UnitOfWork, recorded_at: datetime) -> dict[Due, datetime]:
    """When the parts of each kind are due, as the partnership has agreed."""
    settings = work.runtime.settings
    hours, days = settings.complete_incident_hours, settings.follow_up_incident_working_days
    return {due: rules.due_at(due, recorded_at, hours=hours, working_days=days) for due in Due}


def _outstanding(work: UnitOfWork, row: Any) -> list[dict[str, Any]]:
    """What is missing, that due first ahead. Of an error nothing is asked any more."""
    if row.status == rules.IncidentStatus.ENTERED_IN_ERROR:
        return []
    dates = due_dates(work, row.recorded_at)
    parts = [(dates[due], part) for part, due in rules.missing(said(row)).items()]
    return [
        {"part": part, "due_at": due_at, "overdue": due_at < work.now}
        for due_at, part in sorted(parts, key=lambda each: each[0])
    ]


async def read_incident(work: UnitOfWork, incident_id: UUID) -> Any:
    """The columns of one incident. Raises NotFound."""
    found = await work.fetch(_ONE, incident=incident_id)
    if not found:
        raise NotFound
    return found[0]


async def lock_own_incident(work: UnitOfWork, incident_id: UUID) -> Incident | None:
    """The entity, locked until the commit."""
    found: Incident | None = await work.session.scalar(
        select(Incident)
        .where(
            Incident.id == incident_id,
            Incident.agency_id == work.agency_id,
            readable_by(work.agency_id),
        )
        .with_for_update(of=Incident)
    )
    return found


async def readable_incidents(
    work: UnitOfWork, incident_ids: Collection[UUID], family_id: UUID | None
) -> set[UUID]:
    """Those of them that the caller reads; on that family, where one is named."""
    found = await work.fetch(_KNOWN, incidents=list(incident_ids))
    return {row.id for row in found if family_id in (None, row.family_id)}


@cache
def _page(typed: bool, since: bool, until: bool, continued: bool) -> Select[Any]:
    place = (Incident.occurred_at, Incident.id)
    query = (
        _READABLE.where(Incident.family_id == bindparam("family"))
        .order_by(*(each.desc() for each in place))
        .limit(bindparam("rows", type_=Integer()))
    )
    if typed:
        query = query.where(Incident.status == any_(bindparam("statuses", type_=ARRAY(Text))))
    if since:
        query = query.where(Incident.occurred_at >= bindparam("since", type_=_TIME))
    if until:
        query = query.where(Incident.occurred_at < bindparam("until", type_=_TIME))
    if continued:
        last = tuple_(bindparam("at", type_=_TIME), bindparam("id", type_=Uuid()))
        query = query.where(tuple_(*place) < last)
    return query


async def list_incidents(
    work: UnitOfWork,
    family_id: UUID,
    asked: Asked,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """Those of a readable family that the caller reads, the latest first."""
    given: dict[str, Any] = {"family": family_id, "rows": limit + 1, **asked._asdict()}
    if cursor is not None:
        at, incident = (str(each) for each in cursors.read(cursor))
        given |= {"at": datetime.fromisoformat(at), "id": UUID(incident)}
    query = _page(
        bool(asked.statuses), asked.since is not None, asked.until is not None, cursor is not None
    )
    rows = await work.fetch(query, **given)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], cursors.make(last.occurred_at.isoformat(), str(last.id))


async def list_versions(work: UnitOfWork, incident_id: UUID) -> Iterable[IncidentVersion]:
    """Of an incident of the caller's own, the first first."""
    return await work.session.scalars(
        select(IncidentVersion)
        .where(IncidentVersion.incident_id == incident_id)
        .order_by(IncidentVersion.number)
    )


async def own_open_incidents(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency has yet to close on this family."""
    found = await work.session.scalars(
        select(Incident.id)
        .where(
            Incident.family_id == family_id,
            Incident.agency_id == work.agency_id,
            Incident.status == rules.IncidentStatus.OPEN,
        )
        .order_by(Incident.id)
    )
    return list(found)
