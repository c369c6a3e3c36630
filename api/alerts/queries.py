"""Reads of alerts. All start from `readable_by`; lists select columns, not entities."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    literal,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute

from api.alerts import rules
from api.alerts.access import readable_by, readable_to
from api.alerts.models import Alert, AlertAcknowledgement, AlertRecipient, AlertTransition
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.journal.unit_of_work import CALLER, OPENED, Subject, UnitOfWork

_PLAIN = (
    "id", "family_id", "agency_id", "status", "disputed", "severity", "behaviours",
    "circumstances", "scope", "precautions", "precaution_note", "grounds", "child_impact",
    "published_at", "ratify_by", "review_due", "expires_on", "version", "content_version",
)  # fmt: skip
_FOLDED = (
    "author_name", "author_job_title", "subject_kind", "subject_member_id",
    "subject_address_id", "subject_description", "audience_kind",
)  # fmt: skip
_ADOPT = text("SELECT id, version, recipients FROM adopt_alerts(:family)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)
_COLUMNS = tuple(getattr(Alert, name) for name in _PLAIN + _FOLDED)
_READABLE = select(*_COLUMNS).where(readable_by(CALLER))
# The same with what break-glass has opened: only asked for callers who have opened something.
_SHOWN = select(*_COLUMNS).where(readable_to(CALLER, OPENED))


def _one(readable: Select[Any]) -> Select[Any]:
    return readable.where(Alert.id == bindparam("alert"))


def _live(readable: Select[Any]) -> Select[Any]:
    return readable.where(
        Alert.family_id == bindparam("family"),
        Alert.status == any_(literal(sorted(rules.LIVE), ARRAY(Text))),
    ).order_by(Alert.id)


_ONE, _ONE_SHOWN = _one(_READABLE), _one(_SHOWN)
_LIVE, _LIVE_SHOWN = _live(_READABLE), _live(_SHOWN)


def _one_of(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


@cache
def _page(filters: tuple[str, ...], continued: bool, opened: bool) -> Select[Any]:
    """The statement of a page with these filters, after the first page or not."""
    query = (
        (_SHOWN if opened else _READABLE)
        .order_by(Alert.id.desc())
        .limit(bindparam("rows", type_=Integer()))
    )
    for name in filters:
        query = query.where(_one_of(getattr(Alert, name), name))
    return query.where(Alert.id < bindparam("before")) if continued else query


def alert_body(row: Any) -> dict[str, Any]:
    """An alert as its readers see it, of a row or of the entity."""
    body = {name: getattr(row, name) for name in _PLAIN}
    body["author"] = {"name": row.author_name, "job_title": row.author_job_title}
    body["subject"] = {
        "kind": row.subject_kind,
        "member_id": row.subject_member_id,
        "address_id": row.subject_address_id,
        "description": row.subject_description,
    }
    body["audience"] = {"kind": row.audience_kind}
    return body


def about(row: Any) -> Subject:
    return Subject("alert", row.id, row.family_id, row.version)


async def read_alert(work: UnitOfWork, alert_id: UUID, *, under_glass: bool = False) -> Any:
    """The columns of one alert. `under_glass` says that this is a read which break-glass opens.
    Raises NotFound."""
    query = _ONE_SHOWN if under_glass and work.actor.break_glass else _ONE
    found = await work.fetch(query, alert=alert_id)
    if not found:
        raise NotFound
    return found[0]


async def lock_own_alert(work: UnitOfWork, alert_id: UUID) -> Alert | None:
    """The entity, locked until the commit: the database locks it for its owner alone."""
    found: Alert | None = await work.session.scalar(
        select(Alert).where(Alert.id == alert_id, readable_by(work.agency_id)).with_for_update()
    )
    return found


async def live_alerts(work: UnitOfWork, family_id: UUID, *, under_glass: bool = False) -> list[Any]:
    """The readable alerts of a family that are in force, oldest first."""
    query = _LIVE_SHOWN if under_glass and work.actor.break_glass else _LIVE
    return list(await work.fetch(query, family=family_id))


async def list_alerts(
    work: UnitOfWork,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
    filters: Mapping[str, Any],
    *,
    under_glass: bool = False,
) -> tuple[list[Any], str | None]:
    """Newest first. `filters`: column names and the values accepted."""
    given: dict[str, Any] = {name: values for name, values in filters.items() if values}
    opened = under_glass and bool(work.actor.break_glass)
    query = _page(tuple(given), cursor is not None, opened)
    if cursor is not None:
        given["before"] = UUID(str(cursors.read(cursor)[0]))
    rows = list(await work.fetch(query, rows=limit + 1, **given))
    more = cursors.make(str(rows[limit - 1].id)) if len(rows) > limit else None
    return rows[:limit], more


async def list_transitions(work: UnitOfWork, alert_id: UUID) -> Iterable[AlertTransition]:
    return await work.session.scalars(
        select(AlertTransition)
        .where(AlertTransition.alert_id == alert_id)
        .order_by(AlertTransition.version)
    )


async def list_acknowledgements(work: UnitOfWork, alert: Any) -> Iterable[AlertAcknowledgement]:
    """All of them for the owner; for any other agency its own."""
    query = select(AlertAcknowledgement).where(AlertAcknowledgement.alert_id == alert.id)
    if alert.agency_id != work.agency_id:
        query = query.where(AlertAcknowledgement.agency_id == work.agency_id)
    return await work.session.scalars(query.order_by(AlertAcknowledgement.id))


async def is_recipient(work: UnitOfWork, alert_id: UUID, agency_id: UUID) -> bool:
    found = await work.session.get(AlertRecipient, (alert_id, agency_id))
    return found is not None


async def adopt_alerts(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the family's live alerts whose owner is no longer involved to the lead: through the
    door `adopt_alerts`. Returns each with those who read it."""
    return list(await work.session.execute(_ADOPT, {"family": family_id}))


async def owned_live_alerts(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency answers for on this family."""
    found = await work.session.scalars(
        select(Alert.id).where(
            Alert.family_id == family_id,
            Alert.agency_id == work.agency_id,
            Alert.status.in_(rules.LIVE),
        )
    )
    return list(found)
