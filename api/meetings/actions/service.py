"""Writes on actions: what a meeting assigns, what its owner answers, what the chair changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from api.access.actor import Named, Person
from api.alerts.queries import readable_of
from api.alerts.rules import LIVE
from api.families.queries import involved_agencies
from api.foundation.calendar import london_date
from api.foundation.errors import Invalid
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import queries as meeting_queries
from api.meetings.actions import events
from api.meetings.actions.models import ActionStep, MeetingAction
from api.meetings.actions.queries import about
from api.meetings.actions.rules import ActionAct, ActionStatus
from api.meetings.actions.schemas import NewAction
from api.meetings.models import Meeting

LATEST = timedelta(days=366)


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
        note_step(work, action, ActionAct.ASSIGN, None, by)
        told = {action.agency_id, *action.with_agency_ids}
        work.record(events.ASSIGNED, about(action), to=told)
    return actions


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
        raise Invalid.field(
            f"{at}/agency_id", "not_the_owner", "Only the owner of an alert reconsiders it."
        )


def note_step(
    work: UnitOfWork,
    action: MeetingAction,
    act: ActionAct,
    before: ActionStatus | None,
    by: Named | Person,
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
            by_job_title=by.job_title if isinstance(by, Person) else None,
            note=note,
        )
    )
