"""Writes on meetings, one verb each. Invitations, exclusions, reports, outcomes and actions have
packages of their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

from api.access.actor import Actor, Named, Person
from api.agencies.models import Practitioner
from api.agencies.queries import acting_person
from api.families.queries import check_people, hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid, PreconditionFailed, raise_for
from api.foundation.ids import new_id
from api.foundation.json import plain
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings import access, events, queries, rules
from api.meetings.invitations.inviting import bring_in, invitation_to
from api.meetings.models import Meeting, MeetingStep
from api.meetings.queries import about
from api.meetings.rules import Act, MeetingKind, MeetingStatus
from api.meetings.schemas import (
    CancelMeeting,
    ChairBody,
    HandOverMeeting,
    HoldMeeting,
    MoveMeeting,
    ScheduleMeeting,
)

INVOLVED = "involved with the family"
_GIVEN = {
    "kind", "purpose", "starts_at", "ends_at", "place", "link", "minute_taker", "member_ids",
    "strategy_discussion_on",
}  # fmt: skip


async def schedule_meeting(work: UnitOfWork, family_id: UUID, body: ScheduleMeeting) -> Meeting:
    """Known to those invited from now on, and to nobody else."""
    await check_open(work, family_id)
    organiser = await acting_person(work, body.organiser, "/organiser")
    chair = await chair_of(work, body.chair, "/chair")
    raise_for(rules.times_refusal(body.starts_at, body.ends_at, work.now))
    strategy_on, today = body.strategy_discussion_on, london_date(work.now)
    raise_for(rules.strategy_refusal(body.kind, strategy_on, body.starts_at, today))
    await check_people(work, family_id, body.member_ids)
    reasons = await _reasons(work, family_id, body, chair.agency_id)
    meeting = _scheduled(work, family_id, body, organiser, chair)
    work.add(meeting)
    await work.session.flush()  # its invitations and its step refer to it
    for agency_id, reason in reasons.items():
        work.add(invitation_to(work, meeting, agency_id, reason))
    note_step(work, meeting, Act.SCHEDULE, None, organiser, details=_times(meeting))
    work.record(events.SCHEDULED, about(meeting))
    return meeting


def _scheduled(
    work: UnitOfWork,
    family_id: UUID,
    body: ScheduleMeeting,
    organiser: Person,
    chair: Practitioner,
) -> Meeting:
    return Meeting(
        id=new_id(),
        family_id=family_id,
        agency_id=chair.agency_id,
        convened_by=work.agency_id,
        organiser_name=organiser.name,
        organiser_job_title=organiser.job_title,
        chair_id=chair.id,
        chair_name=chair.name,
        chair_job_title=chair.job_title,
        status=MeetingStatus.SCHEDULED,
        scheduled_at=work.now,
        held_at=None,
        follow_up_notices_sent=0,
        outcome_number=0,
        version=1,
        sequence=0,
        **body.model_dump(include=_GIVEN),
    )


async def chair_of(work: UnitOfWork, named: ChairBody, pointer: str) -> Practitioner:
    """Raises Invalid: only a person with the role `chair` can be named."""
    agency_id = named.agency_id or work.agency_id
    found = await queries.practitioner_who_chairs(work, agency_id, named.staff_id)
    if found is None:
        raise Invalid.field(
            f"{pointer}/staff_id",
            "unknown_chair",
            "No active practitioner of that agency with this staff id has the role chair.",
        )
    return found


async def _reasons(
    work: UnitOfWork, family_id: UUID, body: ScheduleMeeting, chairs: UUID
) -> dict[UUID, str]:
    """Who is invited, each with why; always the agency that convenes and the chair's."""
    involved = await involved_agencies(work, family_id)
    if chairs not in involved:
        raise Invalid.field(
            "/chair/agency_id", "not_involved", "The chair's agency is involved with the family."
        )
    if body.invited is None:
        return dict.fromkeys(sorted(involved), INVOLVED)
    reasons = {work.agency_id: "convenes the meeting", chairs: "chairs the meeting"}
    for place, each in enumerate(body.invited):
        pointer = f"/invited/{place}/agency_id"
        if each.agency_id in [before.agency_id for before in body.invited[:place]]:
            raise Invalid.field(pointer, "repeated", "The agency is named twice.")
        if each.agency_id not in involved:
            await bring_in(work, family_id, each, f"/invited/{place}")
        reasons[each.agency_id] = each.reason
    return reasons


async def move_meeting(
    work: UnitOfWork, meeting_id: UUID, body: MoveMeeting, version: int
) -> Meeting:
    """To another time or place, or with somebody else to take the minutes."""
    meeting = await locked(work, meeting_id, version, access.check_arranges)
    person = await acting_person(work, body.practitioner, "/practitioner")
    check_legal(meeting, Act.MOVE)
    details = {}
    if body.starts_at is not None and body.ends_at is not None:
        raise_for(rules.times_refusal(body.starts_at, body.ends_at, work.now))
        kind, on = MeetingKind(meeting.kind), meeting.strategy_discussion_on
        early = rules.strategy_refusal(kind, on, body.starts_at, london_date(work.now))
        raise_for(early and replace(early, pointer="/starts_at"))
        meeting.starts_at, meeting.ends_at = body.starts_at, body.ends_at
        details = _times(meeting)
    for name, value in body.placed.items():
        setattr(meeting, name, value)
    if meeting.place is None and meeting.link is None:
        raise Invalid.field("/place", "missing", "Give a place or a link.")
    meeting.sequence += 1
    move(work, meeting, Act.MOVE, person, note=body.reason, details=details)
    work.record(events.MOVED, about(meeting))
    return meeting


async def cancel_meeting(
    work: UnitOfWork, meeting_id: UUID, body: CancelMeeting, version: int
) -> Meeting:
    """For good, with the reason. Also on a record that is merged away."""
    meeting = await locked(work, meeting_id, version, access.check_arranges, closing=True)
    person = await acting_person(work, body.practitioner, "/practitioner")
    check_legal(meeting, Act.CANCEL)
    meeting.sequence += 1
    move(work, meeting, Act.CANCEL, person, note=body.reason)
    work.record(events.CANCELLED, about(meeting))
    return meeting


async def hold_meeting(
    work: UnitOfWork, meeting_id: UUID, body: HoldMeeting, version: int
) -> Meeting:
    """By the chair, once it has begun: its outcome can be drafted."""
    meeting = await chaired(work, meeting_id, version)
    person = access.check_chairs(work.actor, meeting)
    check_legal(meeting, Act.HOLD)
    if meeting.starts_at > work.now:
        raise Conflict("The meeting has not begun yet: move it, if it was held before.")
    meeting.held_at = work.now
    move(work, meeting, Act.HOLD, person, note=body.note)
    work.record(events.HELD, about(meeting))
    return meeting


async def hand_over_meeting(
    work: UnitOfWork, meeting_id: UUID, body: HandOverMeeting, version: int
) -> Meeting:
    """To another chair, of whatever agency that is invited; it answers for the meeting from now
    on, and the draft of the outcome passes with it. Also on a record that is merged away."""
    meeting = await locked(work, meeting_id, version, access.check_hands_over, closing=True)
    check_legal(meeting, Act.HAND_OVER)
    chair = await chair_of(work, body, "")
    if chair.id == meeting.chair_id:
        raise Conflict("This person is the chair already.")
    takes_part = await queries.invited_to(work, meeting_id)
    takes_part &= await involved_agencies(work, meeting.family_id)
    if chair.agency_id not in takes_part:
        raise Invalid.field("/agency_id", "not_invited", "The new chair's agency is invited.")
    details = {"agency_id": str(chair.agency_id), "practitioner_id": str(chair.id)}
    person = work.actor.in_person()
    move(work, meeting, Act.HAND_OVER, person, note=body.reason, details=details)
    await work.session.flush()  # as the agency that still answers for it
    meeting.agency_id, meeting.chair_id = chair.agency_id, chair.id
    meeting.chair_name, meeting.chair_job_title = chair.name, chair.job_title
    work.record(events.HANDED_OVER, about(meeting))
    return meeting


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """The lead answers for the meetings of an agency that others have ended, and names the chair
    anew. Whoever decided that need not know of them."""
    for each in await queries.adopt_meetings(work, family_id):
        subject = Subject("meeting", each.id, family_id, each.version)
        unseen = work.agency_id not in each.recipients
        work.record(events.HANDED_OVER, subject, to=each.recipients, unseen=unseen)


async def chaired(
    work: UnitOfWork, meeting_id: UUID, version: int | None = None, *, closing: bool = False
) -> Meeting:
    """Locked, chaired by the caller in person, and as the caller last read it."""
    return await locked(work, meeting_id, version, access.check_chairs, closing=closing)


async def locked(
    work: UnitOfWork,
    meeting_id: UUID,
    version: int | None,
    check: Callable[[Actor, Any], object],
    *,
    closing: bool = False,
) -> Meeting:
    """Until the commit, by who passes the check, and as the caller last read it. The family is
    held first: nobody joins or leaves meanwhile. `closing` is allowed on a record that is merged
    away too: else who answers for the meeting could never leave it."""
    found = await queries.read_meeting(work, meeting_id)
    check(work.actor, found)
    await (hold_family if closing else check_open)(work, found.family_id)
    meeting = await queries.lock_meeting(work, meeting_id)
    check(work.actor, meeting)
    if version is not None and meeting.version != version:
        raise PreconditionFailed
    return meeting


def illegal(meeting: Any) -> Conflict:
    """The refusal of an act that the meeting's status does not allow, naming those it does."""
    status = MeetingStatus(meeting.status)
    legal = [each.value for each in rules.legal_acts(status)]
    return Conflict(
        f"A meeting that is {status} does not allow this.",
        extra={"meeting_status": status, "legal_acts": legal},
    )


def check_legal(meeting: Any, act: Act) -> MeetingStatus:
    """The status that the act leads to. Raises Conflict where it is not legal."""
    after = rules.after(act, MeetingStatus(meeting.status))
    if after is None:
        raise illegal(meeting)
    return after


def check_before_outcome(meeting: Any) -> None:
    """What the meeting is to consider comes before its outcome is recorded. Raises Conflict."""
    if MeetingStatus(meeting.status) not in rules.OPEN:
        raise illegal(meeting)


def move(work: UnitOfWork, meeting: Meeting, act: Act, by: Named | Person, **said: Any) -> None:
    """Raises Conflict where the act is not legal. `said` is what the step has to tell."""
    before, after = MeetingStatus(meeting.status), check_legal(meeting, act)
    meeting.status = after
    meeting.version += 1
    note_step(work, meeting, act, before, by, **said)


def note_step(
    work: UnitOfWork,
    meeting: Meeting,
    act: Act,
    before: MeetingStatus | None,
    by: Named | Person,
    *,
    note: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Notes what was done to a meeting: who, when and why."""
    work.add(
        MeetingStep(
            meeting_id=meeting.id,
            family_id=meeting.family_id,
            version=meeting.version,
            act=act,
            from_status=before,
            to_status=meeting.status,
            at=work.now,
            by_agency_id=work.agency_id,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title if isinstance(by, Person) else None,
            note=note,
            details=details or {},
        )
    )


def _times(meeting: Meeting) -> dict[str, Any]:
    times = {"starts_at": meeting.starts_at, "ends_at": meeting.ends_at}
    told: dict[str, Any] = plain({name: at.astimezone(UTC) for name, at in times.items()})
    return told
