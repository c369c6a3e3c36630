"""Who may read a meeting, and who may change it. The one place that says so."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from api.access.actor import Actor, Person
from api.access.roles import Permission
from api.families.access import involved
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, expression, register
from api.meetings.models import Meeting, MeetingInvitation

STANDING = (MeetingInvitation.withdrawn_at.is_(None), MeetingInvitation.ended_at.is_(None))


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """The agencies invited, with the one that convened it and the chair's, while they are involved
    with the family. One whose involvement others have ended reads nothing when it joins again,
    until it is invited anew. Break-glass opens none."""
    one = expression(agency)
    named = select(MeetingInvitation.meeting_id).where(
        MeetingInvitation.meeting_id == Meeting.id, MeetingInvitation.agency_id == one
    )
    invited = exists(named.where(*STANDING)).correlate_except(MeetingInvitation)
    sent_away = exists(named.where(MeetingInvitation.ended_at.is_not(None))).correlate_except(
        MeetingInvitation
    )
    return and_(
        involved(Meeting.family_id, agency),
        or_(Meeting.agency_id == one, invited, and_(Meeting.convened_by == one, ~sent_away)),
    )


def of_readable(agency: Expression, meeting_id: Expression) -> ColumnElement[bool]:
    """Whether the agency reads the meeting of this id: what belongs to a meeting asks it too."""
    found = select(Meeting.id).where(Meeting.id == meeting_id, readable_by(agency))
    return exists(found).correlate_except(Meeting)


def of_chaired(agency: Expression, meeting_id: Expression) -> ColumnElement[bool]:
    """The same, and the meeting is its chair's agency's."""
    one = expression(agency)
    found = select(Meeting.id).where(
        Meeting.id == meeting_id, Meeting.agency_id == one, readable_by(agency)
    )
    return exists(found).correlate_except(Meeting)


register(Resource("meeting", "/v1/meetings", of_readable))


def is_chair(actor: Actor, meeting: Any) -> bool:
    """The one person named on the meeting, in their own token, with the role."""
    return (
        meeting.chair_id is not None
        and meeting.agency_id == actor.agency_id
        and meeting.chair_id == actor.practitioner_id
        and actor.may(Permission.MEETING_CHAIR)
    )


def check_chairs(actor: Actor, meeting: Any) -> Person:
    """The chair. Raises Forbidden for anybody else of whatever agency."""
    if not is_chair(actor, meeting):
        raise Forbidden("Only the chair who is named on the meeting does this.")
    return actor.in_person()


def check_hands_over(actor: Actor, meeting: Any) -> Person:
    """The chair; or, such as where the chair is ill or there is none, a manager of the agency that
    answers for the meeting. Raises Forbidden."""
    names = actor.agency_id == meeting.agency_id and actor.may(Permission.MEETING_NAME_CHAIR)
    if not (names or is_chair(actor, meeting)):
        raise Forbidden("The chair hands over, or a manager of the agency that answers for it.")
    return actor.in_person()


def check_arranges(actor: Actor, meeting: Any) -> None:
    """Raises Forbidden for any agency but the one that convened it and the chair's."""
    if actor.agency_id not in (meeting.agency_id, meeting.convened_by):
        raise Forbidden("Only the agency that convened the meeting, or its chair's, does this.")
