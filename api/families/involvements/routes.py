"""Who is involved with a family: joining, inviting, contesting, leaving, leading."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.families import queries
from api.families.involvements import queries as involvement_queries
from api.families.involvements import service
from api.families.involvements.schemas import (
    ContactList,
    ContestList,
    ContestReason,
    ContestResponse,
    DecideContest,
    HandOverLead,
    InvitationList,
    InvitationResponse,
    Invite,
    InvolvementList,
    Joined,
    JoinFamily,
    Reason,
)
from api.families.schemas import FamilyResponse, InvolvementResponse
from api.families.service import about
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject

router = APIRouter(prefix="/v1/families/{family_id}", tags=["Involvement"])
invitations = APIRouter(prefix="/v1", tags=["Involvement"])

READ = [requires(Permission.FAMILY_READ)]


@router.post(
    "/involvements",
    summary="Join a family",
    status_code=201,
    dependencies=[requires(Permission.FAMILY_JOIN)],
    responses=problems(404, 409, 422),
)
async def join_family(family_id: UUID, body: JoinFamily, work: Work) -> Joined:
    """With a `join_token` of a match, or with an invitation. Takes effect at once: everybody
    involved is told, and the answer holds every live alert."""
    joined, alerts = await service.join_family(work, family_id, body)
    answer = Joined(involvement=queries.involvement_body(joined, False), alerts=alerts)
    family = await queries.get_family(work, family_id)
    headers = {
        "Location": f"/v1/families/{family_id}/involvements",
        **etag(joined.version),
    }
    return work.answer(201, answer, headers=headers, about=about(family))


@router.get("/involvements", dependencies=READ, responses=problems(404))
async def list_involvements(family_id: UUID, work: Work) -> InvolvementList:
    """Every agency involved now, with its practitioner, reason and local id."""
    family = await queries.get_family(work, family_id)
    work.disclosed(about(family), action="family.involvements_read")
    found = await queries.involvement_bodies(work, family_id)
    return work.answer(200, InvolvementList(items=found))


@router.get("/contacts", summary="Whom to ring", dependencies=READ, responses=problems(404))
async def get_contacts(family_id: UUID, work: Work) -> ContactList:
    """Whom to ring: every involved agency with its emergency contact and its practitioner."""
    found = await involvement_queries.list_contacts(work, family_id)
    work.disclosed(_family(family_id), action="family.contacts_read")
    return work.answer(200, ContactList.model_validate({"items": found}))


@router.post(
    "/invitations",
    summary="Invite an agency",
    status_code=201,
    dependencies=[requires(Permission.FAMILY_INVITE)],
    responses=problems(404, 409, 422),
)
async def invite_agency(family_id: UUID, body: Invite, work: Work) -> InvitationResponse:
    """Another agency has a reason to know. It is told at once and may join within 7 days."""
    invitation = await service.invite_agency(work, family_id, body)
    answer = InvitationResponse.model_validate(invitation, from_attributes=True)
    headers = {"Location": f"/v1/invitations/{invitation.id}"}
    return work.answer(201, answer, headers=headers, about=_family(family_id))


@invitations.get("/invitations", dependencies=READ, responses=problems())
async def list_invitations(work: Work) -> InvitationList:
    """The open invitations of the caller's agency."""
    found = await involvement_queries.list_invitations(work)
    work.note("invitations.listed", None, details={"count": len(found)})
    items = [InvitationResponse.model_validate(each, from_attributes=True) for each in found]
    return work.answer(200, InvitationList(items=items))


@invitations.get(
    "/invitations/{invitation_id}",
    summary="Read an invitation",
    dependencies=READ,
    responses=problems(404),
)
async def get_invitation(invitation_id: UUID, work: Work) -> InvitationResponse:
    """One invitation: for the invited agency, and for those involved with the family."""
    found = await involvement_queries.read_invitation(work, invitation_id)
    work.disclosed(Subject("invitation", found.id, found.family_id))
    return work.answer(200, InvitationResponse.model_validate(found, from_attributes=True))


@router.post(
    "/involvements/{involvement_id}/leave",
    summary="Leave a family",
    dependencies=[requires(Permission.FAMILY_LEAVE)],
    responses=problems(404, 409, 412, 422, 428),
)
async def leave_family(
    family_id: UUID, involvement_id: UUID, body: Reason, work: Work, version: IfMatch
) -> InvolvementResponse:
    """Ends the agency's access at once. 409 `duties_remain` lists what must be handed over or
    closed first: the lead, and live alerts of its own."""
    left = await service.leave_family(work, family_id, involvement_id, body.reason, version)
    return work.answer(200, queries.involvement_body(left, False), headers=etag(left.version))


@router.post(
    "/involvements/{involvement_id}/contests",
    summary="Contest an involvement",
    status_code=201,
    dependencies=[requires(Permission.FAMILY_CONTEST)],
    responses=problems(404, 409, 422),
)
async def contest_involvement(
    family_id: UUID, involvement_id: UUID, body: ContestReason, work: Work
) -> ContestResponse:
    """Doubts another agency's reason to be involved. It stands until decided."""
    contest = await service.contest_involvement(work, family_id, involvement_id, body.reason)
    answer = ContestResponse.model_validate(contest, from_attributes=True)
    headers = {"Location": f"/v1/families/{family_id}/contests"}
    return work.answer(201, answer, headers=headers, about=_family(family_id))


@router.get("/contests", dependencies=READ, responses=problems(404))
async def list_contests(family_id: UUID, work: Work) -> ContestList:
    """Contested involvements of this family and how they were decided."""
    family = await queries.get_family(work, family_id)
    work.disclosed(about(family), action="family.contests_read")
    found = await involvement_queries.list_contests(work, family_id)
    items = [ContestResponse.model_validate(each, from_attributes=True) for each in found]
    return work.answer(200, ContestList(items=items))


@router.post(
    "/contests/{contest_id}/decision",
    summary="Decide a contest",
    dependencies=[requires(Permission.FAMILY_DECIDE)],
    responses=problems(404, 409, 422),
)
async def decide_contest(
    family_id: UUID, contest_id: UUID, body: DecideContest, work: Work
) -> ContestResponse:
    """By a manager of the lead agency; where the lead is a party, by information governance of
    a third involved agency. Upheld, the involvement ends at once."""
    contest = await service.decide_contest(work, family_id, contest_id, body)
    answer = ContestResponse.model_validate(contest, from_attributes=True)
    return work.answer(200, answer, about=_family(family_id))


@router.post(
    "/lead",
    summary="Hand the lead over",
    dependencies=[requires(Permission.FAMILY_HAND_OVER)],
    responses=problems(404, 409, 412, 422, 428),
)
async def hand_over_lead(
    family_id: UUID, body: HandOverLead, work: Work, version: IfMatch
) -> FamilyResponse:
    """To another involved agency, by a manager of the one that leads."""
    family = await service.hand_over_lead(work, family_id, body, version)
    answer = await queries.family_body(work, family)
    return work.answer(200, answer, headers=etag(family.version), about=about(family))


def _family(family_id: UUID) -> Subject:
    """What must still be readable when an answer on a family is given again."""
    return Subject("family", family_id, family_id)
