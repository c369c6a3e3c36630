"""Reads of actions. All start from `readable_by`."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    literal,
    not_,
    select,
    text,
    tuple_,
)

from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, cut
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork
from api.meetings.actions import rules
from api.meetings.actions.access import readable_by
from api.meetings.actions.models import ActionStep, MeetingAction

_PLAIN = (
    "id", "meeting_id", "family_id", "agency_id", "kind", "what", "due_on", "with_agency_ids",
    "alert_id", "status", "assigned_at", "version",
)  # fmt: skip
_SHOWN = select(*MeetingAction.__table__.columns).where(readable_by(CALLER))
_ONE = _SHOWN.where(MeetingAction.id == bindparam("action"))
_OVERDUE = and_(
    MeetingAction.status == any_(literal(sorted(rules.UNFINISHED), ARRAY(Text))),
    MeetingAction.due_on < bindparam("today", type_=Date()),
)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "own": MeetingAction.agency_id == CALLER,
    "family": MeetingAction.family_id == bindparam("family"),
    "statuses": MeetingAction.status == any_(bindparam("statuses", type_=ARRAY(Text))),
    "kinds": MeetingAction.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    "overdue": _OVERDUE,
    "in_time": not_(_OVERDUE),
}
_RETURN = text("SELECT id, version, chair_agency_id FROM return_actions(:family, :now)").columns(
    id=Uuid, version=Integer, chair_agency_id=Uuid
)


@cache
def _page(filters: tuple[str, ...], continued: bool) -> Select[Any]:
    query = (
        _SHOWN.where(*(_FILTERS[each] for each in filters))
        .order_by(MeetingAction.due_on, MeetingAction.id)
        .limit(bindparam("rows", type_=Integer()))
    )
    place = tuple_(MeetingAction.due_on, MeetingAction.id)
    after = tuple_(bindparam("after_due", type_=Date()), bindparam("after_id", type_=Uuid()))
    return query.where(place > after) if continued else query


def about(row: Any) -> Subject:
    return Subject("action", row.id, row.family_id, row.version)


def action_body(row: Any, today: date) -> dict[str, Any]:
    """An action as its readers see it."""
    body: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    named = {"name": row.practitioner_name, "job_title": row.practitioner_job_title}
    body["practitioner"] = named if row.practitioner_name is not None else None
    body["overdue"] = rules.is_overdue(row.status, row.due_on, today)
    return body


async def read_action(work: UnitOfWork, action_id: UUID) -> Any:
    """The columns of one action. Raises NotFound."""
    found = await work.fetch(_ONE, action=action_id)
    if not found:
        raise NotFound
    return found[0]


async def lock_action(work: UnitOfWork, action_id: UUID) -> MeetingAction | None:
    """The entity, locked until the commit: for its owner and for the chair. None where it is
    neither's any more."""
    found: MeetingAction | None = await work.session.scalar(
        select(MeetingAction)
        .where(MeetingAction.id == action_id, readable_by(work.agency_id))
        .with_for_update(of=MeetingAction)
    )
    return found


async def list_actions(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, given: dict[str, Any]
) -> tuple[list[Any], str | None]:
    """Soonest due first. `given`: the filters by name, each with what it is bound to."""
    bound = {**given, "rows": limit + 1}
    if cursor is not None:
        due, action_id = cursors.read(cursor)
        bound["after_due"] = date.fromisoformat(str(due))
        bound["after_id"] = UUID(str(action_id))
    filters = tuple(name for name in _FILTERS if name in given)
    rows = await work.fetch(_page(filters, cursor is not None), **bound)
    return cut(rows, limit, cursors, lambda last: (last.due_on.isoformat(), str(last.id)))


async def list_steps(work: UnitOfWork, action_id: UUID) -> Iterable[ActionStep]:
    """What became of it, oldest first."""
    return await work.session.scalars(
        select(ActionStep)
        .join(MeetingAction, MeetingAction.id == ActionStep.action_id)
        .where(ActionStep.action_id == action_id, readable_by(work.agency_id))
        .order_by(ActionStep.version)
    )


async def owned_open(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency has yet to do on this family."""
    found = await work.session.scalars(
        select(MeetingAction.id)
        .where(
            MeetingAction.family_id == family_id,
            MeetingAction.agency_id == work.agency_id,
            MeetingAction.status.in_(rules.OPEN),
            readable_by(work.agency_id),
        )
        .order_by(MeetingAction.id)
    )
    return list(found)


async def readable_now(work: UnitOfWork, action_id: UUID) -> bool:
    """Whether the caller may know of an action at all."""
    return bool(await work.fetch(_ONE, action=action_id))


async def return_actions(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the open actions whose owner is no longer involved back to the chair: through the door
    of that name, which notes it as a step. Returns each with the chair's agency, if that reads
    it."""
    given = {"family": family_id, "now": work.now}
    return list(await work.session.execute(_RETURN, given))
