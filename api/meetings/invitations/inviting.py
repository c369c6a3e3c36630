"""How an agency is invited to a meeting, whoever asks it and when."""

from uuid import UUID

from api.access.roles import Permission
from api.agencies.queries import unknown_agencies
from api.families.involvements.queries import open_invitations
from api.families.involvements.schemas import Invite
from api.families.involvements.service import invite_agency
from api.foundation.errors import Forbidden, Invalid
from api.journal.unit_of_work import UnitOfWork
from api.meetings.models import Meeting, MeetingInvitation
from api.meetings.schemas import InvitedBody


def invitation_to(
    work: UnitOfWork, meeting: Meeting, agency_id: UUID, reason: str
) -> MeetingInvitation:
    return MeetingInvitation(
        meeting_id=meeting.id,
        agency_id=agency_id,
        family_id=meeting.family_id,
        reason=reason,
        invited_at=work.now,
    )


async def bring_in(work: UnitOfWork, family_id: UUID, invited: InvitedBody, at: str) -> None:
    """An agency that is not involved is invited to the family as well, unless it is already: for a
    reason of its own, since those involved read that one. Raises Invalid for what is no agency of
    the partnership, and Forbidden for who may not."""
    if await unknown_agencies(work, [invited.agency_id]):
        raise Invalid.field(f"{at}/agency_id", "unknown_agency", "No agency of the partnership.")
    if not work.actor.may(Permission.FAMILY_INVITE):
        raise Forbidden(
            "The agency is not involved: a person who may invite it to the family names it."
        )
    if await open_invitations(work, family_id, invited.agency_id):
        return
    if invited.joining_reason is None:
        raise Invalid.field(
            f"{at}/joining_reason", "missing", "Say why an agency that is not involved is to join."
        )
    invite = Invite.model_construct(agency_id=invited.agency_id, reason=invited.joining_reason)
    await invite_agency(work, family_id, invite)
