"""Reads of alerts. What is shown starts from `readable_by`, and lists select columns, not entities.
The rest is for writers that have read the alert already: its steps and its audience, what the
caller's agency owns, and what a door answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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

from api.access.actor import Named
from api.alerts import rules
from api.alerts.access import check_owns, readable_by, readable_to
from api.alerts.models import Alert, AlertRecipient, AlertTransition
from api.alerts.ports import incidents_shown
from api.alerts.rules import Origin
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import CALLER, OPENED, Subject, UnitOfWork

_PLAIN = (
    "id", "family_id", "agency_id", "status", "disputed", "severity", "behaviours",
    "circumstances", "scope", "precautions", "precaution_note", "grounds", "child_impact",
    "child_seen_how", "published_at", "ratify_by", "review_due", "expires_on", "protect_source",
    "unconfirmed", "version", "content_version",
)  # fmt: skip
_FOLDED = (
    "author_id", "author_name", "author_job_title", "subject_kind", "subject_member_id",
    "subject_address_id", "subject_description", "audience_kind", "notification",
    "notification_due", "origin", "origin_id",
)  # fmt: skip
_SAME_FAMILY = (Origin.REPLACES, Origin.CORRECTS)
_ADOPT = text(
    "SELECT id, version, recipients FROM adopt_alerts(:family, :now, :practitioner, :name)"
).columns(id=Uuid, version=Integer, recipients=ARRAY(Uuid))
_UNCONFIRM = text("SELECT id, version, recipients FROM unconfirm_premises(:family)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)
_FELLOWS = text("SELECT agency_id FROM fellow_readers(:alert) AS agency_id").columns(agency_id=Uuid)
_EARLIER = text("SELECT id, name FROM earlier_authors(:alert)").columns(id=Uuid, name=Text)
_EXTENSIONS = text("SELECT id, agency_id, severity FROM extensions_of(:alert)").columns(
    id=Uuid, agency_id=Uuid, severity=Text
)
_COLUMNS = tuple(getattr(Alert, name) for name in _PLAIN + _FOLDED)
_READABLE = select(*_COLUMNS).where(readable_by(CALLER))
_ORIGINS = select(Alert.id).where(
    Alert.id == any_(bindparam("origins", type_=ARRAY(Uuid))), readable_to(CALLER, OPENED)
)
# The same with what break-glass has opened: only asked for callers who have opened something.
_SHOWN = select(*_COLUMNS).where(readable_to(CALLER, OPENED))


def _one(readable: Select[Any]) -> Select[Any]:
    return readable.where(Alert.id == bindparam("alert"))


_LIVE = _READABLE.where(
    Alert.family_id == bindparam("family"),
    Alert.status == any_(literal(sorted(rules.LIVE), ARRAY(Text))),
).order_by(Alert.id)
_ONE, _ONE_SHOWN = _one(_READABLE), _one(_SHOWN)


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


async def alert_bodies(work: UnitOfWork, alerts: Sequence[Any]) -> list[dict[str, Any]]:
    """Alerts as the caller sees them, of rows or of entities. What one was made of is named where
    it stands on the same record and the caller may read it as well; and of the incidents that
    ground it, those that the caller reads."""
    origins = [each.origin_id for each in alerts if each.origin in _SAME_FAMILY]
    named = {row.id for row in await work.fetch(_ORIGINS, origins=origins)} if origins else set()
    grounding = {UUID(each) for alert in alerts for each in alert.grounds["incident_ids"]}
    shown = {str(each) for each in await incidents_shown(work, grounding)}
    return [_body(each, named, shown) for each in alerts]


def _body(row: Any, named: Collection[UUID], shown: Collection[str]) -> dict[str, Any]:
    body = {name: getattr(row, name) for name in _PLAIN}
    grounding = [each for each in row.grounds["incident_ids"] if each in shown]
    body["grounds"] = {**row.grounds, "incident_ids": grounding}
    body["author"] = {"name": row.author_name, "job_title": row.author_job_title}
    body["subject"] = {
        "kind": row.subject_kind,
        "member_id": row.subject_member_id,
        "address_id": row.subject_address_id,
        "description": row.subject_description,
    }
    body["audience"] = {"kind": row.audience_kind}
    body["subject_notification"] = {"status": row.notification, "due_on": row.notification_due}
    origin = row.origin_id if row.origin_id in named else None
    body["origin"] = {"kind": row.origin, "alert_id": origin} if row.origin else None
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


async def read_own_alert(work: UnitOfWork, alert_id: UUID) -> Any:
    """The same, for its owner alone. Raises NotFound, and Forbidden for another reader."""
    alert = await read_alert(work, alert_id)
    check_owns(work.actor, alert)
    return alert


async def lock_own_alert(work: UnitOfWork, alert_id: UUID) -> Alert | None:
    """The entity, locked until the commit."""
    found: Alert | None = await work.session.scalar(
        select(Alert)
        .where(
            Alert.id == alert_id,
            Alert.agency_id == work.agency_id,
            readable_by(work.agency_id),
        )
        .with_for_update()
    )
    return found


async def lock_replaced(work: UnitOfWork, alert: Alert) -> list[Alert]:
    """What an alert replaces and is in force, nearest first, locked, as far as it is the caller's
    own: also what was to be replaced by a replacement that nobody ratified."""
    found = []
    while alert.origin == Origin.REPLACES and alert.origin_id is not None:
        before = await lock_own_alert(work, alert.origin_id)
        if before is None or before.status not in (*rules.LIVE, rules.Status.LAPSED):
            break
        if before.status in rules.LIVE:
            found.append(before)
        alert = before
    return found


async def live_alerts(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The readable alerts of a family that are in force, oldest first."""
    return await work.fetch(_LIVE, family=family_id)


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
    return cut(rows, limit, cursors, by_id)


async def list_transitions(work: UnitOfWork, alert_id: UUID) -> Iterable[AlertTransition]:
    return await work.session.scalars(
        select(AlertTransition)
        .where(AlertTransition.alert_id == alert_id)
        .order_by(AlertTransition.version)
    )


async def is_recipient(work: UnitOfWork, alert_id: UUID, agency_id: UUID) -> bool:
    found = await work.session.get(AlertRecipient, (alert_id, agency_id))
    return found is not None


async def adopt_alerts(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the family's live alerts whose owner is no longer involved to the lead: through the
    door `adopt_alerts`, which notes the step. Returns each with those who read it."""
    person = work.actor.person
    given = {
        "family": family_id,
        "now": work.now,
        "practitioner": person.id if person else None,
        "name": person.name if person else None,
    }
    return list(await work.session.execute(_ADOPT, given))


async def owned_live_alerts(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency answers for on this family."""
    found = await work.session.scalars(
        select(Alert.id)
        .where(
            Alert.family_id == family_id,
            Alert.agency_id == work.agency_id,
            Alert.status.in_(rules.LIVE),
        )
        .order_by(Alert.id)
    )
    return list(found)


async def recipients(work: UnitOfWork, alert_id: UUID) -> list[AlertRecipient]:
    """Who is named in the audience of an alert of the caller's own."""
    found = await work.session.scalars(
        select(AlertRecipient)
        .where(AlertRecipient.alert_id == alert_id)
        .order_by(AlertRecipient.agency_id)
    )
    return list(found)


async def ratification_of(work: UnitOfWork, alert_id: UUID) -> AlertTransition | None:
    """How the alert became active for the first time: it names who ratified it."""
    return await _step(work, alert_id, AlertTransition.to_status == rules.Status.ACTIVE, first=True)


async def review_begun(work: UnitOfWork, alert_id: UUID) -> AlertTransition | None:
    """The beginning of the latest review."""
    return await _step(work, alert_id, AlertTransition.act == rules.Act.REVIEW, first=False)


async def _step(
    work: UnitOfWork, alert_id: UUID, which: ColumnElement[bool], *, first: bool
) -> AlertTransition | None:
    """The first or the last of such steps."""
    version = AlertTransition.version
    found: AlertTransition | None = await work.session.scalar(
        select(AlertTransition)
        .where(AlertTransition.alert_id == alert_id, which)
        .order_by(version if first else version.desc())
        .limit(1)
    )
    return found


async def has_live_descendant(
    work: UnitOfWork, alert_id: UUID, origin: Origin, family_id: UUID
) -> bool:
    """Whether a live alert of the family was made of this one in that way."""
    found = await work.session.scalar(
        select(Alert.id).where(
            Alert.origin_id == alert_id,
            Alert.origin == origin,
            Alert.family_id == family_id,
            Alert.status.in_(rules.LIVE),
            readable_by(work.agency_id),
        )
    )
    return found is not None


async def unconfirm_premises(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Marks the family's live alerts on premises as unconfirmed: through the door of that name.
    Returns each with those who read it."""
    return list(await work.session.execute(_UNCONFIRM, {"family": family_id}))


async def fellow_readers(work: UnitOfWork, alert_id: UUID) -> set[UUID]:
    """Everybody who reads an alert that the caller reads: only the owner sees by itself who else
    was named, so through the door of that name."""
    found = await work.session.execute(_FELLOWS, {"alert": alert_id})
    return {row.agency_id for row in found}


async def earlier_authors(work: UnitOfWork, alert_id: UUID) -> list[Named]:
    """Who wrote what an alert of the caller's own repeats about another subject: through the door
    of that name, since it may stand on a record that the caller does not read any more."""
    found = await work.session.execute(_EARLIER, {"alert": alert_id})
    return [Named(row.id, row.name) for row in found]


async def extensions_of(work: UnitOfWork, alert_id: UUID) -> list[Any]:
    """The live extensions of an alert of the caller's own, on whatever record, with owners."""
    return list(await work.session.execute(_EXTENSIONS, {"alert": alert_id}))


async def readable_of(
    work: UnitOfWork, family_id: UUID, alert_ids: Collection[UUID]
) -> dict[UUID, Any]:
    """Of these the alerts of the family that the caller reads, by id: owner and status."""
    found = await work.session.execute(
        select(Alert.id, Alert.agency_id, Alert.status).where(
            Alert.id.in_(alert_ids), Alert.family_id == family_id, readable_by(work.agency_id)
        )
    )
    return {each.id: each for each in found}
