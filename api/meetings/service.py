"""Writes on meetings, one verb each. Exclusions, reports, outcomes and actions have packages of
their own."""

from typing import Any
from uuid import UUID

from api.access.actor import Named, Person
from api.agencies.models import Practitioner
from api.agencies.queries import acting_person
from api.families.queries import involved_agencies
from api.families.service import check_open
from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access, events, queries, rules
from api.meetings.models import Meeting, MeetingInvitation, MeetingStep
from api.meetings.queries import about
from api.meetings.rules import Act, MeetingStatus
from api.meetings.schemas import ChairBody, HoldMeeting, ScheduleMeeting

INVOLVED = "involved with the family"


async def schedule_meeting(work: UnitOfWork, family_id: UUID, body: ScheduleMeeting) -> Meeting:
    """Known to those invited from now on, and to nobody else."""
    await check_open(work, family_id)
    organiser = await acting_person(work, body.organiser, "/organiser")
    chair = await chair_of(work, body.chair, "/chair")
    reasons = await _reasons(work, family_id, body, chair.agency_id)
    meeting = Meeting(
        id=new_id(),
        family_id=family_id,
        agency_id=chair.agency_id,
        convened_by=work.agency_id,
        organiser_name=organiser.name,
        organiser_job_title=organiser.job_title,
        chair_id=chair.id,
        chair_name=chair.name,
        chair_job_title=chair.job_title,
        minute_taker=body.minute_taker.model_dump() if body.minute_taker else None,
        status=MeetingStatus.SCHEDULED,
        scheduled_at=work.now,
        held_at=None,
        follow_up_notices_sent=0,
        outcome_number=0,
        version=1,
        sequence=0,
        **body.model_dump(
            include={
                "kind", "purpose", "starts_at", "ends_at", "place", "link", "member_ids",
                "strategy_discussion_on",
            }
        ),
    )  # fmt: skip
    work.add(meeting)
    await work.session.flush()  # its invitations and its step refer to it
    for agency_id, reason in reasons.items():
        work.add(_invitation(work, meeting, agency_id, reason))
    note_step(work, meeting, Act.SCHEDULE, None, organiser)
    work.record(events.SCHEDULED, about(meeting))
    return meeting


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
    named = {each.agency_id: each.reason for each in body.invited}
    for place, each in enumerate(body.invited):
        if each.agency_id not in involved:
            raise Invalid.field(
                f"/invited/{place}/agency_id", "not_involved", "The agency is not involved."
            )
    return {work.agency_id: "convenes the meeting", chairs: "chairs the meeting", **named}


def _invitation(
    work: UnitOfWork, meeting: Meeting, agency_id: UUID, reason: str
) -> MeetingInvitation:
    return MeetingInvitation(
        meeting_id=meeting.id,
        agency_id=agency_id,
        family_id=meeting.family_id,
        reason=reason,
        invited_at=work.now,
    )


async def hold_meeting(
    work: UnitOfWork, meeting_id: UUID, body: HoldMeeting, version: int
) -> Meeting:
    """By the chair, once it has begun: its outcome can be drafted."""
    meeting = await chaired(work, meeting_id, version)
    person = access.check_chairs(work.actor, meeting)
    if meeting.starts_at > work.now:
        raise Conflict("The meeting has not begun yet: move it, if it was held before.")
    meeting.held_at = work.now
    move(work, meeting, Act.HOLD, person, note=body.note)
    work.record(events.HELD, about(meeting))
    return meeting


async def chaired(work: UnitOfWork, meeting_id: UUID, version: int | None = None) -> Meeting:
    """Locked, chaired by the caller in person, and as the caller last read it. The family is held
    first: nobody joins or leaves meanwhile."""
    found = await queries.read_meeting(work, meeting_id)
    access.check_chairs(work.actor, found)
    await check_open(work, found.family_id)
    meeting = await queries.lock_meeting(work, meeting_id)
    access.check_chairs(work.actor, meeting)
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


def move(work: UnitOfWork, meeting: Meeting, act: Act, by: Named | Person, **said: Any) -> None:
    """Raises Conflict where the act is not legal. `said` is what the step has to tell."""
    before = MeetingStatus(meeting.status)
    after = rules.after(act, before)
    if after is None:
        raise illegal(meeting)
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
