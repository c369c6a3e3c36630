"""Writes on actions: what a meeting assigns, what its owner answers, what the chair changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.alerts.queries import readable_of
from api.alerts.rules import LIVE
from api.families.queries import hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.audiences import recipients_of
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings import queries as meeting_queries
from api.meetings.access import check_chairs
from api.meetings.actions import access, events, queries, rules
from api.meetings.actions.models import ActionStep, MeetingAction
from api.meetings.actions.queries import about
from api.meetings.actions.rules import ActionAct, ActionStatus
from api.meetings.actions.schemas import (
    AcceptAction,
    CancelAction,
    CompleteAction,
    DeclineAction,
    NewAction,
    ReassignAction,
)
from api.meetings.models import Meeting

LATEST = timedelta(days=366)
_TOLD = {
    ActionAct.ACCEPT: events.ACCEPTED,
    ActionAct.COMPLETE: events.DONE,
    ActionAct.DECLINE: events.DECLINED,
    ActionAct.REASSIGN: events.REASSIGNED,
    ActionAct.CANCEL: events.CANCELLED,
}


async def assign_actions(
    work: UnitOfWork, meeting: Meeting, bodies: Sequence[NewAction], by: Person, *, at: str
) -> list[MeetingAction]:
    """What the meeting asks, of agencies that were invited and are still involved: the caller has
    held the family. `at` is where in the body they stand."""
    await work.session.flush()
    able = await able_to_own(work, meeting.id, meeting.family_id)
    named = [each.alert_id for each in bodies if each.alert_id is not None]
    alerts = await readable_of(work, meeting.family_id, named) if named else {}
    for place, body in enumerate(bodies):
        _check_agencies(body, able, f"{at}/{place}")
        _check_due(work, meeting, body, f"{at}/{place}")
        _check_alert(body, alerts, f"{at}/{place}")
    actions = [_assigned(work, meeting, body) for body in bodies]
    work.add(*actions)
    await work.session.flush()  # their steps refer to them
    for action in actions:
        _note_step(work, action, ActionAct.ASSIGN, None, by)
        told = {action.agency_id, *action.with_agency_ids}
        work.record(events.ASSIGNED, about(action), to=told)
    return actions


async def accept_action(
    work: UnitOfWork, action_id: UUID, body: AcceptAction, version: int
) -> MeetingAction:
    """By the owner, who says who does it. Again, to name somebody else."""
    action = await _answering(work, action_id, version)
    person = await acting_person(work, body.practitioner, "/practitioner")
    doing = body.done_by or (person if action.practitioner_name is None else None)
    if doing is not None:
        action.practitioner_name = doing.name
        action.practitioner_job_title = doing.job_title
    await _move(work, action, ActionAct.ACCEPT, person)
    return action


async def complete_action(
    work: UnitOfWork, action_id: UUID, body: CompleteAction, version: int
) -> MeetingAction:
    """By the owner, with what came of it. Of an alert it says what; nothing else is done about
    the alert. Also on a record that is merged away."""
    action = await _answering(work, action_id, version, closing=True)
    person = await acting_person(work, body.practitioner, "/practitioner")
    await _move(work, action, ActionAct.COMPLETE, person, note=body.evidence)
    return action


async def decline_action(
    work: UnitOfWork, action_id: UUID, body: DeclineAction, version: int
) -> MeetingAction:
    """By the owner: it goes back to the chair. Also on a record that is merged away."""
    action = await _answering(work, action_id, version, closing=True)
    person = await acting_person(work, body.practitioner, "/practitioner")
    await _move(work, action, ActionAct.DECLINE, person, note=body.reason)
    return action


async def reassign_action(
    work: UnitOfWork, action_id: UUID, body: ReassignAction, version: int
) -> MeetingAction:
    """By the chair: another agency, person or date holds from now on."""
    action = await _chairing(work, action_id, version)
    person = work.actor.in_person()
    former, due_on = action.agency_id, body.due_on or action.due_on
    today = london_date(work.now)
    if not today <= due_on <= today + LATEST:
        raise Invalid.field("/due_on", "out_of_range", f"Between {today} and {today + LATEST}.")
    check_able(
        body.agency_id, await able_to_own(work, action.meeting_id, action.family_id), "/agency_id"
    )
    if body.agency_id in action.with_agency_ids:
        raise Invalid.field("/agency_id", "joins", "The agency joins it already: name another.")
    if action.alert_id is not None:
        alerts = await readable_of(work, action.family_id, [action.alert_id])
        if {each.agency_id for each in alerts.values()} != {body.agency_id}:
            raise _not_the_owner("/agency_id")
    named = body.practitioner
    action.agency_id, action.due_on, action.notices_sent = body.agency_id, due_on, 0
    action.practitioner_name = named.name if named else None
    action.practitioner_job_title = named.job_title if named else None
    await _move(work, action, ActionAct.REASSIGN, person, note=body.reason, also=[former])
    return action


async def cancel_action(
    work: UnitOfWork, action_id: UUID, body: CancelAction, version: int
) -> MeetingAction:
    """By the chair, for good. Also on a record that is merged away."""
    action = await _chairing(work, action_id, version, closing=True)
    await _move(work, action, ActionAct.CANCEL, work.actor.in_person(), note=body.reason)
    return action


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """What an agency that others have ended had yet to do goes back to the chairs. After the
    meetings have gone to the lead: it is their chair's agency that is told."""
    for each in await queries.return_actions(work, family_id):
        subject = Subject("action", each.id, family_id, each.version)
        unseen = not await queries.readable_now(work, each.id)
        told = {each.chair_agency_id} - {None}
        work.record(events.DECLINED, subject, to=told, unseen=unseen)


async def _answering(
    work: UnitOfWork, action_id: UUID, version: int, *, closing: bool = False
) -> MeetingAction:
    """Locked, owned by the caller's agency, and as the caller last read it. `closing` is allowed
    on a record that is merged away too: else its owner could never leave it."""
    found = await queries.read_action(work, action_id)
    access.check_owns(work.actor, found)
    await (hold_family if closing else check_open)(work, found.family_id)
    return await _lock(work, action_id, version)


async def _chairing(
    work: UnitOfWork, action_id: UUID, version: int, *, closing: bool = False
) -> MeetingAction:
    """The same, of the chair of its meeting, who stays so until the commit."""
    found = await queries.read_action(work, action_id)
    meeting = await meeting_queries.read_meeting(work, found.meeting_id)
    check_chairs(work.actor, meeting)
    await (hold_family if closing else check_open)(work, found.family_id)
    check_chairs(work.actor, await meeting_queries.lock_meeting(work, found.meeting_id))
    return await _lock(work, action_id, version)


async def _lock(work: UnitOfWork, action_id: UUID, version: int) -> MeetingAction:
    action = await queries.lock_action(work, action_id)
    if action is None or action.version != version:
        raise PreconditionFailed
    return action


async def _move(
    work: UnitOfWork,
    action: MeetingAction,
    act: ActionAct,
    by: Person,
    *,
    note: str | None = None,
    also: Collection[UUID] = (),
) -> None:
    """Raises Conflict where the act is not legal. Told to the owner (`also`: to the one before),
    those who join it and the chair's agency, as far as they read it."""
    before = ActionStatus(action.status)
    after = rules.after(act, before)
    if after is None:
        raise Conflict(
            f"An action that is {before} does not allow this.",
            extra={
                "action_status": before,
                "legal_acts": [each.value for each in rules.legal_acts(before)],
            },
        )
    action.status = after
    action.version += 1
    _note_step(work, action, act, before, by, note=note)
    meeting = await meeting_queries.read_meeting(work, action.meeting_id)
    concerned = {action.agency_id, *action.with_agency_ids, meeting.agency_id, *also}
    readers = await recipients_of(work.session, _TOLD[act], action.id)
    work.record(_TOLD[act], about(action), to=concerned & readers)


async def able_to_own(work: UnitOfWork, meeting_id: UUID, family_id: UUID) -> set[UUID]:
    """The agencies that are invited to the meeting and involved with the family: who is neither
    could not read what it is asked."""
    invited = await meeting_queries.invited_to(work, meeting_id)
    return invited & await involved_agencies(work, family_id)


def _assigned(work: UnitOfWork, meeting: Meeting, body: NewAction) -> MeetingAction:
    named = body.practitioner
    return MeetingAction(
        id=new_id(),
        meeting_id=meeting.id,
        family_id=meeting.family_id,
        practitioner_name=named.name if named else None,
        practitioner_job_title=named.job_title if named else None,
        status=ActionStatus.ASSIGNED,
        assigned_at=work.now,
        notices_sent=0,
        version=1,
        **body.model_dump(
            include={"agency_id", "kind", "what", "due_on", "with_agency_ids", "alert_id"}
        ),
    )


def _check_agencies(body: NewAction, able: Collection[UUID], at: str) -> None:
    check_able(body.agency_id, able, f"{at}/agency_id")
    for place, each in enumerate(body.with_agency_ids):
        pointer = f"{at}/with_agency_ids/{place}"
        check_able(each, able, pointer)
        if each == body.agency_id:
            raise Invalid.field(pointer, "owner", "The owner takes part anyway.")
        if each in body.with_agency_ids[:place]:
            raise Invalid.field(pointer, "repeated", "The agency is named twice.")


def check_able(agency_id: UUID, able: Collection[UUID], pointer: str) -> None:
    if agency_id not in able:
        raise Invalid.field(
            pointer,
            "not_invited",
            "Only an agency that was invited to the meeting, and is involved with the family.",
        )


def _check_due(work: UnitOfWork, meeting: Meeting, body: NewAction, at: str) -> None:
    earliest, latest = london_date(meeting.starts_at), london_date(work.now) + LATEST
    if not earliest <= body.due_on <= latest:
        raise Invalid.field(f"{at}/due_on", "out_of_range", f"Between {earliest} and {latest}.")


def _check_alert(body: NewAction, alerts: Mapping[UUID, Any], at: str) -> None:
    """One that the chair's agency does not read is as absent as one that does not exist."""
    if body.alert_id is None:
        return
    alert = alerts.get(body.alert_id)
    if alert is None or alert.status not in LIVE:
        raise Invalid.field(
            f"{at}/alert_id", "unknown_alert", "No live alert of this family with this id."
        )
    if alert.agency_id != body.agency_id:
        raise _not_the_owner(f"{at}/agency_id")


def _not_the_owner(pointer: str) -> Invalid:
    return Invalid.field(pointer, "not_the_owner", "Only the owner of an alert reconsiders it.")


def _note_step(
    work: UnitOfWork,
    action: MeetingAction,
    act: ActionAct,
    before: ActionStatus | None,
    by: Person,
    *,
    note: str | None = None,
) -> None:
    """Notes what was done about an action, and who owns it and until when from then on."""
    work.add(
        ActionStep(
            action_id=action.id,
            family_id=action.family_id,
            version=action.version,
            act=act,
            from_status=before,
            to_status=action.status,
            at=work.now,
            agency_id=action.agency_id,
            due_on=action.due_on,
            by_agency_id=work.agency_id,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
            note=note,
        )
    )
