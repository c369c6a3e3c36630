"""Reads of invitations. All start from `readable_by` of the meeting."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from api.journal.unit_of_work import UnitOfWork
from api.meetings.access import STANDING, of_readable, readable_by
from api.meetings.models import Meeting, MeetingInvitation
from api.meetings.rules import MeetingStatus


async def find_invitation(
    work: UnitOfWork, meeting_id: UUID, agency_id: UUID
) -> MeetingInvitation | None:
    """Also one that was taken back."""
    found: MeetingInvitation | None = await work.session.scalar(
        select(MeetingInvitation).where(
            MeetingInvitation.meeting_id == meeting_id,
            MeetingInvitation.agency_id == agency_id,
            of_readable(work.agency_id, MeetingInvitation.meeting_id),
        )
    )
    return found


async def meetings_inviting(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The meetings of a family that the caller's agency is invited to, but for the cancelled."""
    invited = exists(
        select(MeetingInvitation.meeting_id).where(
            MeetingInvitation.meeting_id == Meeting.id,
            MeetingInvitation.agency_id == work.agency_id,
            *STANDING,
        )
    )
    found = await work.session.execute(
        select(Meeting.id, Meeting.family_id, Meeting.version)
        .where(
            Meeting.family_id == family_id,
            Meeting.status != MeetingStatus.CANCELLED,
            readable_by(work.agency_id),
            invited,
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return list(found)
