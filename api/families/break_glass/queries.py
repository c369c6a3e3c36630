"""Reads of break-glass. What is shown starts from `visible_to`; what a writer must know of what is
open already, or was not reviewed, asks for the caller's own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from api.access.actor import Person
from api.agencies.models import Practitioner
from api.families.break_glass import rules
from api.families.break_glass.access import visible_to
from api.families.break_glass.models import BreakGlass
from api.families.break_glass.rules import State
from api.families.break_glass.schemas import (
    BreakGlassDetails,
    BreakGlassResponse,
    BreakGlassReviewResponse,
    ReaderResponse,
    ReadUnderIt,
)
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import Subject, UnitOfWork

MOST_READS = 200
_SHOWN_AS_THEY_ARE = (
    "id", "family_id", "agency_id", "client_id", "reason_code", "reason", "opened_at",
    "expires_at", "ended_at", "review_due", "version",
)  # fmt: skip
_READER, _REVIEWER = aliased(Practitioner), aliased(Practitioner)


def about(grant: BreakGlass) -> Subject:
    return Subject("break_glass", grant.id, grant.family_id, grant.version)


async def lead_of(work: UnitOfWork, family_id: UUID) -> UUID | None:
    """The agency that leads the family, or None for what is no family: through a door."""
    found: UUID | None = await work.session.scalar(select(func.lead_of(family_id, type_=Uuid)))
    return found


async def is_suspended(work: UnitOfWork) -> bool:
    """Whether a break-glass of the caller's client has waited too long for its review."""
    found = await work.session.scalar(
        select(BreakGlass.id)
        .where(
            BreakGlass.client_id == work.actor.client_id,
            BreakGlass.reviewed_at.is_(None),
            BreakGlass.review_due <= work.now,
        )
        .limit(1)
    )
    return found is not None


async def lock_reader(work: UnitOfWork, reader: Person) -> None:
    """Until the commit: of two openings by one person, the second waits for the first."""
    await work.session.execute(
        select(Practitioner.id).where(Practitioner.id == reader.id).with_for_update(key_share=True)
    )


async def open_one(work: UnitOfWork, reader: Person, family_id: UUID) -> UUID | None:
    """The person's own, on this family."""
    found: UUID | None = await work.session.scalar(
        select(BreakGlass.id).where(
            BreakGlass.practitioner_id == reader.id,
            BreakGlass.family_id == family_id,
            _is_open(work.now),
        )
    )
    return found


async def lock(work: UnitOfWork, break_glass_id: UUID) -> BreakGlass:
    """The entity, locked until the commit. Raises NotFound."""
    found = await work.session.scalar(
        select(BreakGlass)
        .where(BreakGlass.id == break_glass_id, visible_to(work.actor))
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


async def name_of(work: UnitOfWork, practitioner_id: UUID) -> str:
    found = await work.session.scalars(
        select(Practitioner.name).where(Practitioner.id == practitioner_id)
    )
    return found.one()


async def body_of(work: UnitOfWork, break_glass_id: UUID) -> BreakGlassResponse:
    """Raises NotFound."""
    return _body(work, await _row(work, break_glass_id))


async def details_of(work: UnitOfWork, break_glass_id: UUID) -> BreakGlassDetails:
    """With what was read under it. Raises NotFound."""
    row = await _row(work, break_glass_id)
    shown = list(await work.session.execute(_reads(break_glass_id)))
    return BreakGlassDetails(
        **dict(_body(work, row)),
        reads=shown[0].total if shown else 0,
        read=[ReadUnderIt.model_validate(each, from_attributes=True) for each in reversed(shown)],
    )


async def list_page(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, state: State | None
) -> tuple[list[BreakGlassResponse], str | None]:
    """Newest first."""
    query = _with_people(work).order_by(BreakGlass.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(_in_state(state, work.now))
    if cursor is not None:
        query = query.where(BreakGlass.id < UUID(str(cursors.read(cursor)[0])))
    rows = list(await work.session.execute(query))
    page, more = cut(rows, limit, cursors, lambda last: by_id(last.BreakGlass))
    return [_body(work, row) for row in page], more


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(BreakGlass.ended_at.is_(None), BreakGlass.expires_at > now)


def _in_state(state: State, now: datetime) -> ColumnElement[bool]:
    """As `rules.state_of`, in SQL."""
    if state is State.REVIEWED:
        return BreakGlass.reviewed_at.is_not(None)
    over = or_(BreakGlass.ended_at.is_not(None), BreakGlass.expires_at <= now)
    return and_(BreakGlass.reviewed_at.is_(None), _is_open(now) if state is State.OPEN else over)


def _with_people(work: UnitOfWork) -> Select[*tuple[Any, ...]]:
    return (
        select(
            BreakGlass,
            _READER.name.label("reader_name"),
            _READER.job_title.label("reader_job_title"),
            _REVIEWER.name.label("reviewer_name"),
            _REVIEWER.job_title.label("reviewer_job_title"),
        )
        .join(_READER, _READER.id == BreakGlass.practitioner_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == BreakGlass.reviewed_by)
        .where(visible_to(work.actor))
    )


async def _row(work: UnitOfWork, break_glass_id: UUID) -> Any:
    found = await work.session.execute(_with_people(work).where(BreakGlass.id == break_glass_id))
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


def _reads(break_glass_id: UUID) -> Select[Any]:
    """Through the door `break_glass_reads`: nobody else reads the audit here."""
    door = func.break_glass_reads(break_glass_id, MOST_READS).table_valued(
        column("action", Text),
        column("resource_type", Text),
        column("resource_id", Uuid),
        column("at", DateTime(timezone=True)),
        "total",
    )
    return select(door)


def _body(work: UnitOfWork, row: Any) -> BreakGlassResponse:
    grant: BreakGlass = row.BreakGlass
    reader = ReaderResponse(
        id=grant.practitioner_id, name=row.reader_name, job_title=row.reader_job_title
    )
    return BreakGlassResponse(
        **{name: getattr(grant, name) for name in _SHOWN_AS_THEY_ARE},
        practitioner=reader,
        state=rules.state_of(grant.expires_at, grant.ended_at, grant.reviewed_at, work.now),
        review_overdue=rules.is_overdue(grant.review_due, grant.reviewed_at, work.now),
        review=_review(row) if grant.reviewed_at is not None else None,
    )


def _review(row: Any) -> BreakGlassReviewResponse:
    grant: BreakGlass = row.BreakGlass
    reviewer = {"id": grant.reviewed_by, "name": row.reviewer_name}
    return BreakGlassReviewResponse.model_validate(
        {
            "outcome": grant.outcome,
            "note": grant.review_note,
            "reviewed_at": grant.reviewed_at,
            "reviewed_by": {**reviewer, "job_title": row.reviewer_job_title},
        }
    )
