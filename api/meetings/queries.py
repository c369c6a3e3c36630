"""Reads of meetings. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
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
    exists,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from api.agencies.models import Practitioner
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, cut
from api.journal.audiences import recipients_of
from api.journal.event_types import EventType
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork
from api.meetings import rules
from api.meetings.access import of_readable, readable_by
from api.meetings.actions.models import MeetingAction
from api.meetings.actions.rules import UNFINISHED
from api.meetings.models import Meeting, MeetingInvitation, MeetingStep
from api.meetings.outcome.models import OutcomeAnswer
from api.meetings.outcome.rules import ResponseStatus
from api.meetings.rules import TIMED, MeetingStatus, Sitting, Timing

_PLAIN = (
    "id", "family_id", "agency_id", "convened_by", "kind", "purpose", "status", "starts_at",
    "ends_at", "place", "link", "minute_taker", "member_ids", "strategy_discussion_on",
    "scheduled_at", "held_at", "outcome_number", "version",
)  # fmt: skip
_SHOWN = select(*Meeting.__table__.columns).where(readable_by(CALLER))
_ONE = _SHOWN.where(Meeting.id == bindparam("meeting"))
_INVITED = (
    select(
        MeetingInvitation.meeting_id,
        MeetingInvitation.agency_id,
        MeetingInvitation.reason,
        MeetingInvitation.invited_at,
        MeetingInvitation.ended_at,
    )
    .where(
        MeetingInvitation.meeting_id == any_(bindparam("meetings", type_=ARRAY(Uuid))),
        MeetingInvitation.withdrawn_at.is_(None),
        of_readable(CALLER, MeetingInvitation.meeting_id),
    )
    .order_by(MeetingInvitation.invited_at, MeetingInvitation.agency_id)
)
# What timings are counted from: as far as the reader knows of it.
_SITTINGS = select(Meeting.id, Meeting.family_id, Meeting.kind, Meeting.starts_at).where(
    Meeting.family_id == any_(bindparam("families", type_=ARRAY(Uuid))),
    Meeting.kind == any_(literal(sorted(TIMED), ARRAY(Text))),
    Meeting.status != MeetingStatus.CANCELLED,
    readable_by(CALLER),
)
_ADOPT = text("SELECT id, version, recipients FROM adopt_meetings(:family, :now)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)
_KEEP = text("SELECT keep_meeting(:meeting)")
_MOMENT = DateTime(timezone=True)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "kinds": Meeting.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    "statuses": Meeting.status == any_(bindparam("statuses", type_=ARRAY(Text))),
    "since": Meeting.starts_at >= bindparam("since", type_=_MOMENT),
    "until": Meeting.starts_at < bindparam("until", type_=_MOMENT),
    "last_at": tuple_(Meeting.starts_at, Meeting.id)
    < tuple_(bindparam("last_at", type_=_MOMENT), bindparam("last_id", type_=Uuid())),
}


class Asked(NamedTuple):
    """Which meetings: of these kinds and statuses (of all, if none is named), starting within
    these times."""

    kinds: list[str]
    statuses: list[str]
    since: datetime | None
    until: datetime | None


@cache
def _page(filters: frozenset[str]) -> Select[Any]:
    """The statement of a page with these filters, which are few: so it is built once."""
    return (
        _SHOWN.where(
            Meeting.family_id == bindparam("family"),
            *(each for name, each in _FILTERS.items() if name in filters),
        )
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(bindparam("rows", type_=Integer()))
    )


def about(row: Any) -> Subject:
    return Subject("meeting", row.id, row.family_id, row.version)


def meeting_body(row: Any, invited: Iterable[Any], timing: Timing | None) -> dict[str, Any]:
    """A meeting as those invited see it."""
    body: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    body["organiser"] = {"name": row.organiser_name, "job_title": row.organiser_job_title}
    chair = {"name": row.chair_name, "job_title": row.chair_job_title}
    body["chair"] = {"agency_id": row.agency_id, **chair} if row.chair_id else None
    plain = ("agency_id", "reason", "invited_at")
    body["invited"] = [{name: getattr(each, name) for name in plain} for each in invited]
    body["timing"] = timing and timing._asdict()
    return body


async def meeting_bodies(work: UnitOfWork, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Of readable meetings; what belongs to them is fetched for all at once."""
    found = await invited(work, [row.id for row in rows])
    timings = await _timings(work, rows)
    return [meeting_body(row, found[row.id], timings.get(row.id)) for row in rows]


async def _timings(work: UnitOfWork, rows: Sequence[Any]) -> dict[UUID, Timing | None]:
    """Counted from what the caller reads of each family, in one statement."""
    timed = [row for row in rows if row.kind in TIMED and row.status != MeetingStatus.CANCELLED]
    if not timed:
        return {}
    sittings: dict[UUID, list[Sitting]] = defaultdict(list)
    for each in await work.fetch(_SITTINGS, families=list({row.family_id for row in timed})):
        sittings[each.family_id].append(Sitting(each.id, each.kind, each.starts_at))
    return {
        row.id: rules.timing(
            Sitting(row.id, row.kind, row.starts_at),
            row.strategy_discussion_on,
            sittings[row.family_id],
        )
        for row in timed
    }


async def read_meeting(work: UnitOfWork, meeting_id: UUID) -> Any:
    """The columns of one meeting. Raises NotFound."""
    found = await work.fetch(_ONE, meeting=meeting_id)
    if not found:
        raise NotFound
    return found[0]


async def keep_meeting(work: UnitOfWork, meeting_id: UUID) -> Any:
    """The same, as it stays until the commit: its chair waits. The caller holds the family, and
    need not be one who may change the meeting. Raises NotFound."""
    await work.session.execute(_KEEP, {"meeting": meeting_id})
    return await read_meeting(work, meeting_id)


async def list_meetings(
    work: UnitOfWork,
    family_id: UUID,
    asked: Asked,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
) -> tuple[list[Any], str | None]:
    """Of a readable family, the latest first, and the cursor of the page that follows."""
    given = {name: value for name, value in asked._asdict().items() if value not in (None, [])}
    if cursor is not None:
        at, last = (str(part) for part in cursors.read(cursor))
        given |= {"last_at": datetime.fromisoformat(at), "last_id": UUID(last)}
    rows = await work.fetch(_page(frozenset(given)), family=family_id, rows=limit + 1, **given)
    return cut(rows, limit, cursors, lambda last: (last.starts_at.isoformat(), str(last.id)))


async def list_steps(work: UnitOfWork, meeting_id: UUID) -> Iterable[MeetingStep]:
    """What became of a meeting, oldest first."""
    return await work.session.scalars(
        select(MeetingStep)
        .where(
            MeetingStep.meeting_id == meeting_id,
            of_readable(work.agency_id, MeetingStep.meeting_id),
        )
        .order_by(MeetingStep.version)
    )


async def readers_among(
    work: UnitOfWork, event: EventType, meeting_id: UUID, *agency_ids: UUID
) -> set[UUID]:
    """Which of the agencies read the meeting now: the others are told nothing."""
    return set(agency_ids) & await recipients_of(work.session, event, meeting_id)


async def answered_for(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """The meetings of a family that the caller's agency answers for, and that are not over: they
    are to come or to be recorded, or somebody has yet to do what they asked, or asked for a
    correction that nobody has answered."""
    unfinished = exists(
        select(MeetingAction.id).where(
            MeetingAction.meeting_id == Meeting.id, MeetingAction.status.in_(UNFINISHED)
        )
    )
    unanswered = exists(
        select(OutcomeAnswer.id).where(
            OutcomeAnswer.meeting_id == Meeting.id, OutcomeAnswer.status == ResponseStatus.OPEN
        )
    )
    found = await work.session.scalars(
        select(Meeting.id)
        .where(
            Meeting.family_id == family_id,
            Meeting.agency_id == work.agency_id,
            readable_by(work.agency_id),
            or_(Meeting.status.in_(rules.OPEN), unfinished, unanswered),
        )
        .order_by(Meeting.id)
    )
    return list(found)


async def adopt_meetings(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the family's meetings whose agency is no longer involved to the lead: through the door
    of that name, which notes it as a step. Returns each with those who read it."""
    return list(await work.session.execute(_ADOPT, {"family": family_id, "now": work.now}))


async def lock_meeting(work: UnitOfWork, meeting_id: UUID) -> Meeting:
    """The entity, locked until the commit. Raises NotFound. Of another's meeting the database
    locks none: those who may not change it do not come here."""
    found: Meeting | None = await work.session.scalar(
        select(Meeting)
        .where(Meeting.id == meeting_id, readable_by(work.agency_id))
        .with_for_update(of=Meeting)
    )
    if found is None:
        raise NotFound
    return found


async def invited(work: UnitOfWork, meeting_ids: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """Of each meeting, the agencies that are invited, in the order of their invitations."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for each in await work.fetch(_INVITED, meetings=list(meeting_ids)):
        found[each.meeting_id].append(each)
    return found


async def invited_to(work: UnitOfWork, meeting_id: UUID) -> set[UUID]:
    """The agencies that are invited to a readable meeting, and may read it once involved."""
    rows = await work.fetch(_INVITED, meetings=[meeting_id])
    return {each.agency_id for each in rows if each.ended_at is None}


async def practitioner_who_chairs(
    work: UnitOfWork, agency_id: UUID, staff_id: str
) -> Practitioner | None:
    """The active practitioner of that staff id, if they hold the role."""
    found: Practitioner | None = await work.session.scalar(
        select(Practitioner).where(
            Practitioner.agency_id == agency_id,
            Practitioner.staff_id == staff_id,
            Practitioner.status == "active",
            Practitioner.roles.contains(["chair"]),
        )
    )
    return found
