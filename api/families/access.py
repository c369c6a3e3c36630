"""Who may read a family: the agencies involved with it, while they are."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, exists, or_, select

from api.access.actor import Actor
from api.access.roles import Permission, Role
from api.families.models import Contest, Family, Invitation, Involvement
from api.journal.event_types import Column, Expression, Resource, expression, register


def involved(family_id: Expression, agency: Expression) -> ColumnElement[bool]:
    """Whether the agency has an active involvement with the family."""
    return exists(
        select(Involvement.id).where(
            Involvement.family_id == family_id,
            Involvement.agency_id == expression(agency),
            Involvement.until_at.is_(None),
        )
    ).correlate_except(Involvement)  # else a nested use reads the agency from anywhere


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """The families of an agency; in the other direction, the audience of a family."""
    return involved(Family.id, agency)


def readable_to(agency: Expression, opened: Column) -> ColumnElement[bool]:
    """Those, and what the caller has opened by break-glass (an array of families): for the reads
    that it opens, never for an audience or a write."""
    return or_(readable_by(agency), Family.id == any_(opened))


def may_decide(
    actor: Actor, family: Family, contest: Contest, contested: UUID, involved_now: set[UUID]
) -> bool:
    """The lead's manager decides. Where the lead is a party, information governance of an agency
    that is none; only where the lead doubts the one other agency, its own. Never the contested
    agency, nor the person who contests: nobody ends an involvement alone."""
    if actor.agency_id == contested or actor.practitioner_id == contest.author_id:
        return False
    lead = family.lead_agency_id
    if lead not in (contest.contested_by, contested):
        return actor.agency_id == lead and actor.may(Permission.FAMILY_DECIDE)
    if Role.INFORMATION_GOVERNANCE not in actor.roles:
        return False
    neither = involved_now - {contest.contested_by, contested}
    own_cause = actor.agency_id == contest.contested_by
    return not own_cause or (lead == contest.contested_by and not neither)


def invited(agency: Expression, invitation_id: Expression) -> ColumnElement[bool]:
    """Whether the invitation to the agency is open, or the agency is involved itself."""
    return exists(
        select(Invitation.id).where(
            Invitation.id == invitation_id,
            or_(
                and_(
                    Invitation.agency_id == expression(agency),
                    Invitation.status == "open",
                ),
                involved(Invitation.family_id, agency),
            ),
        )
    ).correlate_except(Invitation)


register(Resource("family", "/v1/families", lambda agency, family: involved(family, agency)))
register(Resource("invitation", "/v1/invitations", invited))
