"""Reads of exclusions. All start from `readable_by`."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.foundation.errors import NotFound
from api.journal.unit_of_work import UnitOfWork
from api.meetings.exclusions.access import readable_by
from api.meetings.exclusions.models import MeetingExclusion

_PLAIN = (
    "id", "meeting_id", "member_id", "agency_id", "why", "status", "requested_at", "version",
)  # fmt: skip
_DECIDED = ("reasons", "part", "views_heard", "feedback")


def exclusion_body(row: Any) -> dict[str, Any]:
    body = {name: getattr(row, name) for name in _PLAIN}
    body["by"] = {"name": row.by_name, "job_title": row.by_job_title}
    body["decision"] = None
    if row.decided_at is not None:
        decision = {name: getattr(row, name) for name in _DECIDED}
        by = {"name": row.decided_by_name, "job_title": row.decided_by_job_title}
        body["decision"] = {**decision, "at": row.decided_at, "by": by}
    return body


async def list_exclusions(work: UnitOfWork, meeting_id: UUID) -> Iterable[MeetingExclusion]:
    """Of a meeting, in the order in which they were asked for."""
    return await work.session.scalars(
        select(MeetingExclusion)
        .where(MeetingExclusion.meeting_id == meeting_id, readable_by(work.agency_id))
        .order_by(MeetingExclusion.id)
    )


async def agency_that_asked(work: UnitOfWork, meeting_id: UUID, exclusion_id: UUID) -> UUID:
    """Raises NotFound."""
    found: UUID | None = await work.session.scalar(
        select(MeetingExclusion.agency_id).where(
            MeetingExclusion.id == exclusion_id,
            MeetingExclusion.meeting_id == meeting_id,
            readable_by(work.agency_id),
        )
    )
    if found is None:
        raise NotFound
    return found


async def lock_exclusion(
    work: UnitOfWork, meeting_id: UUID, exclusion_id: UUID
) -> MeetingExclusion:
    """Until the commit. Raises NotFound; of another agency's request, unless the caller's is the
    chair's, the database locks none."""
    found: MeetingExclusion | None = await work.session.scalar(
        select(MeetingExclusion)
        .where(
            MeetingExclusion.id == exclusion_id,
            MeetingExclusion.meeting_id == meeting_id,
            readable_by(work.agency_id),
        )
        .with_for_update(of=MeetingExclusion)
    )
    if found is None:
        raise NotFound
    return found
