"""Writes on involvements: joining, inviting, contesting, leaving, and who leads."""

from uuid import UUID

from api.agencies.queries import acting_person, unknown_agencies
from api.families import access, events, ports, queries, rules
from api.families.involvements import queries as involvement_queries
from api.families.involvements.schemas import DecideContest, HandOverLead, Invite, JoinFamily
from api.families.models import Contest, Family, Invitation, Involvement
from api.families.service import (
    about,
    check_join_token,
    check_local_id,
    check_open,
    check_standing,
    new_involvement,
    read_join_token,
)
from api.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork


class DutiesRemain(Conflict):
    """The agency still owns what it must hand over or close first; `duties` lists it."""

    code, title = "duties_remain", "Not all is handed over"


async def join_family(
    work: UnitOfWork, family_id: UUID, body: JoinFamily
) -> tuple[Involvement, list[dict[str, object]]]:
    """The involvement, and every live alert, which the joiner's inbox holds as well. Everybody
    involved is told. Raises NotFound without a token or an invitation for this family."""
    await _check_ground(work, family_id, body)  # nobody without one locks a family
    # Whoever publishes there now waits, and tells the joiner too; or has, and the joiner sees it.
    await queries.lock_families(work, family_id)
    # Again: by what was decided meanwhile, the ground may be gone.
    invitation = await _check_ground(work, family_id, body)
    if await queries.own_involvement(work, family_id) is not None:
        raise Conflict("The agency is involved already.")
    person = await acting_person(work, body.practitioner, "/practitioner")
    await check_local_id(work, body.local_id, "/local_id")
    involvement = new_involvement(work, family_id, body, person)
    work.add(involvement)
    if invitation is not None:
        invitation.status = "accepted"
    await _close_invitations(work, family_id, work.agency_id)
    await work.session.flush()  # from here on the family is readable
    family = await queries.get_family(work, family_id)
    check_standing(work, family.merged_into_id)
    if await queries.involved_agencies(work, family_id) == {work.agency_id}:
        family.lead_agency_id = work.agency_id  # all others have left
        family.version += 1
    work.record(events.AGENCY_JOINED, about(family), details={"agency": str(work.agency_id)})
    alerts = [each for tell in ports.tell_joiner for each in await tell(work, family_id)]
    return involvement, alerts


async def _check_ground(work: UnitOfWork, family_id: UUID, body: JoinFamily) -> Invitation | None:
    if body.invitation_id is not None:
        invitation = await involvement_queries.get_invitation(work, body.invitation_id)
        if invitation is None or invitation.family_id != family_id:
            raise NotFound
        return invitation
    named = read_join_token(work, str(body.join_token))
    if named is None or named[0] != family_id:
        raise NotFound
    await check_join_token(work, *named)
    return None


async def _close_invitations(work: UnitOfWork, family_id: UUID, agency_id: UUID) -> None:
    """Whoever has joined or was made to leave holds no invitation any more."""
    for invitation in await involvement_queries.open_invitations(work, family_id, agency_id):
        if invitation.status == "open":
            invitation.status = "closed"


async def invite_agency(work: UnitOfWork, family_id: UUID, body: Invite) -> Invitation:
    """The invited agency is told at once, and joins within 7 days or not."""
    await check_open(work, family_id)
    family = await queries.get_family(work, family_id)
    if await unknown_agencies(work, [body.agency_id]):
        raise Invalid.field("/agency_id", "unknown_agency", "No agency of the partnership.")
    if body.agency_id in await queries.involved_agencies(work, family_id):
        raise Conflict("The agency is involved already.")
    if await involvement_queries.open_invitations(work, family_id, body.agency_id):
        raise Conflict("The agency is invited already.")
    invitation = Invitation(
        id=new_id(),
        family_id=family.id,
        agency_id=body.agency_id,
        invited_by=work.agency_id,
        reason=body.reason,
        status="open",
        expires_at=work.now + rules.INVITATION_LIFETIME,
        created_at=work.now,
    )
    work.add(invitation)
    work.record(events.AGENCY_INVITED, Subject("invitation", invitation.id, family.id))
    return invitation


async def leave_family(
    work: UnitOfWork, family_id: UUID, involvement_id: UUID, reason: str, version: int
) -> Involvement:
    """Ends the caller's access at once. Raises DutiesRemain while it leads others, or owns what
    somebody must answer for."""
    family = await queries.get_family(work, family_id, lock=True)
    involvement = await queries.get_in_family(work, Involvement, family_id, involvement_id)
    if involvement.agency_id != work.agency_id:
        raise Forbidden("Only an agency itself leaves; others contest its involvement.")
    if involvement.version != version or involvement.until_at is not None:
        raise PreconditionFailed
    others = await queries.involved_agencies(work, family_id) - {work.agency_id}
    duties = [each for owed in ports.duties_of for each in await owed(work, family_id)]
    if others and family.lead_agency_id == work.agency_id:
        duties.insert(0, ports.Duty(type="family_lead", id=family.id))
    if duties:
        raise DutiesRemain(extra={"duties": [{**each, "id": str(each["id"])} for each in duties]})
    _end(work, involvement, reason)
    details = {"agency": str(work.agency_id)}
    work.record(events.AGENCY_LEFT, about(family), to=others, details=details)
    return involvement


def _end(work: UnitOfWork, involvement: Involvement, reason: str) -> None:
    involvement.until_at = work.now
    involvement.end_reason = reason
    involvement.version += 1


async def contest_involvement(
    work: UnitOfWork, family_id: UUID, involvement_id: UUID, reason: str
) -> Contest:
    """Until it is decided, the involvement stands."""
    family = await queries.get_family(work, family_id)
    involvement = await queries.get_in_family(work, Involvement, family_id, involvement_id)
    if involvement.until_at is not None:
        raise Conflict("The involvement has ended.")
    if involvement.agency_id == work.agency_id:
        raise Conflict("An agency cannot contest its own involvement; it can leave.")
    for each in await _contests(work, family_id, involvement_id):
        if each.status == "open" or each.contested_by == work.agency_id:
            raise Conflict("The involvement is contested, or was by this agency before.")
    contest = Contest(
        id=new_id(),
        family_id=family.id,
        involvement_id=involvement.id,
        contested_by=work.agency_id,
        author_id=work.actor.practitioner_id,
        reason=reason,
        status="open",
        created_at=work.now,
    )
    work.add(contest)
    work.record(events.INVOLVEMENT_CONTESTED, about(family), details={"contest": str(contest.id)})
    return contest


async def _contests(work: UnitOfWork, family_id: UUID, involvement_id: UUID) -> list[Contest]:
    found = await involvement_queries.list_contests(work, family_id)
    return [each for each in found if each.involvement_id == involvement_id]


async def decide_contest(
    work: UnitOfWork, family_id: UUID, contest_id: UUID, body: DecideContest
) -> Contest:
    """Upheld, the involvement ends at once, and the lead answers for its live alerts. Raises
    Forbidden for who may not decide this one."""
    family = await queries.get_family(work, family_id, lock=True)
    contest = await queries.get_in_family(work, Contest, family_id, contest_id)
    involvement = await queries.get_in_family(work, Involvement, family_id, contest.involvement_id)
    involved = await queries.involved_agencies(work, family_id)
    if not access.may_decide(work.actor, family, contest, involvement.agency_id, involved):
        raise Forbidden(
            "A manager of the lead decides, or where it is a party, information governance of an "
            "agency that is none; never who contests."
        )
    if contest.status != "open":
        raise Conflict("The contest is decided.")
    contest.status = body.outcome
    contest.decision_reason = body.reason
    contest.decided_by = work.actor.practitioner_id
    contest.decided_at = work.now
    details = {"contest": str(contest.id), "outcome": body.outcome}
    if body.outcome == "upheld" and involvement.agency_id in involved:
        await _throw_out(work, family, involvement.agency_id)
    work.record(events.CONTEST_DECIDED, about(family), details=details)
    return contest


async def _throw_out(work: UnitOfWork, family: Family, agency_id: UUID) -> None:
    """Ends the agency's involvement as it is now: leaving and joining anew evades no contest."""
    involvement = await queries.active_involvement(work, family.id, agency_id)
    _end(work, involvement, "contest upheld")
    await _close_invitations(work, family.id, agency_id)
    if family.lead_agency_id == agency_id:
        family.lead_agency_id = work.agency_id
        family.version += 1
    ended = Subject("family", family.id, family.id)
    work.record(events.INVOLVEMENT_ENDED, ended, to=[agency_id])
    await work.session.flush()  # from here on it is no longer involved
    for give in ports.pass_to_lead:
        await give(work, family.id)


async def hand_over_lead(
    work: UnitOfWork, family_id: UUID, body: HandOverLead, version: int
) -> Family:
    """To another involved agency, by a manager of the one that leads."""
    family = await queries.get_family(work, family_id, lock=True)
    if family.lead_agency_id != work.agency_id:
        raise Forbidden("Only the agency that leads hands the lead over.")
    if family.version != version:
        raise PreconditionFailed
    if body.agency_id not in await queries.involved_agencies(work, family_id):
        raise Invalid.field("/agency_id", "not_involved", "Only an involved agency can lead.")
    if body.agency_id == work.agency_id:
        raise Conflict("The agency leads already.")
    family.lead_agency_id = body.agency_id
    family.version += 1
    work.record(events.LEAD_HANDED_OVER, about(family))
    return family
