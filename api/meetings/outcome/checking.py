"""What the rules of an outcome are asked about: what is on record of the meeting, and what the
chair tells. And the findings of a whole draft, gathered before it is refused."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from api.access.actor import Actor
from api.access.roles import Permission
from api.families.queries import involved_agencies
from api.foundation.calendar import london_date
from api.foundation.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    PreconditionFailed,
)
from api.journal.unit_of_work import UnitOfWork
from api.meetings.exclusions.rules import standing, undecided
from api.meetings.models import Meeting
from api.meetings.outcome import queries
from api.meetings.outcome.bodies import OutcomeBody, OutcomeRecordBody
from api.meetings.outcome.parts import AlertDecisionBody
from api.meetings.outcome.rules import (
    AlertDecision,
    Attending,
    Considered,
    Informing,
    KnownAlert,
    Relative,
    Room,
    Told,
)
from api.meetings.queries import invited as invitations
from api.meetings.rules import MeetingKind

Made = TypeVar("Made")

_NEEDED = {
    AlertDecision.WITHDRAWN: Permission.ALERT_WITHDRAW,
    AlertDecision.CHANGED: Permission.ALERT_REVIEW,
}


class Findings:
    """What is wrong with a draft, part by part, so that the chair is told all of it at once."""

    def __init__(self, found: Iterable[FieldError] = ()) -> None:
        self.errors = list(found)

    async def of(self, step: Awaitable[Made], at: str = "") -> Made | None:
        """What the step makes; None where it finds its part invalid. `at` is where in the draft
        the part stands, for steps that do not know."""
        try:
            return await step
        except Invalid as error:
            self.errors += [
                FieldError(at + each.pointer, each.code, each.detail) for each in error.errors
            ]
            return None

    def raise_any(self) -> None:
        if self.errors:
            raise Invalid(errors=self.errors)


async def on_alert(step: Awaitable[Made], alert_id: UUID) -> Made:
    """An act on an alert, under the rules of that act; which of them was refused, is named."""
    try:
        return await step
    except PreconditionFailed:
        said = "An alert has changed meanwhile: read it again."
        raise Conflict(said, extra={"alert_id": str(alert_id)}) from None
    except Conflict as error:
        error.extra["alert_id"] = str(alert_id)
        raise


def check_may(actor: Actor, outcome: OutcomeBody) -> None:
    """Raises Forbidden: a chair does to alerts what their other roles let them do, and no more."""
    needed = {_needed(each) for each in outcome.alerts} - {None}
    if outcome.publish:
        needed.add(Permission.ALERT_PUBLISH)
    lacking = sorted(each for each in needed if each is not None and not actor.may(each))
    if lacking:
        raise Forbidden(f"What it decides about alerts needs {', '.join(lacking)} as well.")


def _needed(decided: AlertDecisionBody) -> Permission | None:
    if decided.replacement is not None:
        return Permission.ALERT_CORRECT
    return _NEEDED.get(decided.decision)


async def room_of(
    work: UnitOfWork, meeting: Meeting, alerts: Sequence[AlertDecisionBody] = ()
) -> Room:
    """What is on record of the meeting: in so many statements, however much that is."""
    invited = (await invitations(work, [meeting.id]))[meeting.id]
    held = meeting.held_at or work.now
    family = await queries.family_of(work, meeting.family_id)
    exclusions = await queries.exclusions_of(work, meeting.id)
    named = [each.alert_id for each in alerts]
    known = await queries.live_alerts(work, meeting.family_id, named) if named else {}
    return Room(
        kind=MeetingKind(meeting.kind),
        met_on=london_date(meeting.starts_at),
        today=london_date(work.now),
        chairing=work.agency_id,
        expected=frozenset(each.agency_id for each in invited if each.invited_at <= held),
        invited=frozenset(each.agency_id for each in invited),
        involved=frozenset(await involved_agencies(work, meeting.family_id)),
        members={each.id: each.kind for each in family},
        invited_members=frozenset(meeting.member_ids),
        exclusions=standing(exclusions),
        undecided=frozenset(undecided(exclusions)),
        unable=frozenset(await queries.unable(work, meeting.family_id)),
        alerts={each.id: KnownAlert(each.agency_id, each.version) for each in known.values()},
    )


def told_in_record(record: OutcomeRecordBody) -> Told:
    return Told(**_record(record))


def told_in(outcome: OutcomeBody) -> Told:
    following = outcome.next_meeting
    return Told(
        **_record(outcome),
        alerts=[
            Considered(each.alert_id, each.decision, each.version, each.answer_by)
            for each in outcome.alerts
        ],
        next_given=following is not None,
        next_on=following.on if following else None,
        sharing_plan=outcome.family_sharing_plan is not None,
        risk_plan=outcome.risk_reduction_plan is not None,
    )


def _record(record: OutcomeRecordBody) -> dict[str, Any]:
    return {
        "attendance": [
            Attending(each.agency_id, each.attendance, len(each.people))
            for each in record.attendance
        ],
        "family": [Relative(each.member_id, each.attendance) for each in record.family],
        "information": [
            Informing(each.agency_id, tuple(each.agency_ids or ())) for each in record.information
        ],
        "decisions": len(record.decisions),
        "dissent": [each.agency_id for each in record.dissent],
        "roles": [each.agency_id for each in record.roles],
        "answered": [each.agency_id for each in record.inability_answers],
        "lived_experience": record.child_lived_experience is not None,
    }
