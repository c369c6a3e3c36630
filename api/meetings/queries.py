"""Reads of meetings. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from api.agencies.models import Practitioner
from api.foundation.errors import NotFound
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork
from api.meetings.access import of_readable, readable_by
from api.meetings.models import Meeting, MeetingInvitation

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
    )
    .where(
        MeetingInvitation.meeting_id == any_(bindparam("meetings", type_=ARRAY(Uuid))),
        MeetingInvitation.withdrawn_at.is_(None),
        of_readable(CALLER, MeetingInvitation.meeting_id),
    )
    .order_by(MeetingInvitation.invited_at, MeetingInvitation.agency_id)
)


def about(row: Any) -> Subject:
    return Subject("meeting", row.id, row.family_id, row.version)


def meeting_body(row: Any, invited: Iterable[Any]) -> dict[str, Any]:
    """A meeting as those invited see it."""
    body: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    body["organiser"] = {"name": row.organiser_name, "job_title": row.organiser_job_title}
    chair = {"name": row.chair_name, "job_title": row.chair_job_title}
    body["chair"] = {"agency_id": row.agency_id, **chair} if row.chair_id else None
    plain = ("agency_id", "reason", "invited_at")
    body["invited"] = [{name: getattr(each, name) for name in plain} for each in invited]
    return body


async def read_meeting(work: UnitOfWork, meeting_id: UUID) -> Any:
    """The columns of one meeting. Raises NotFound."""
    found = await work.fetch(_ONE, meeting=meeting_id)
    if not found:
        raise NotFound
    return found[0]


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
    """The agencies that are invited to a readable meeting."""
    rows = await work.fetch(_INVITED, meetings=[meeting_id])
    return {each.agency_id for each in rows}


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
