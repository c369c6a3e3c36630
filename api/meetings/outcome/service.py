"""Recording and amending an outcome: all that follows from it, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.alerts.corrections.schemas import Supersede
from api.alerts.corrections.service import supersede_alert
from api.alerts.models import Alert
from api.alerts.reviews.service import record_review
from api.alerts.schemas import Withdraw
from api.alerts.service import announce, named_in, new_alert, withdraw_alert
from api.families.queries import involved_agencies
from api.families.service import check_open
from api.foundation.calendar import add_working_days, london_date
from api.foundation.errors import DoorstepError, FieldError, Invalid
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access, events
from api.meetings.actions.rules import ActionKind
from api.meetings.actions.schemas import NewAction
from api.meetings.actions.service import assign_actions
from api.meetings.models import Meeting
from api.meetings.outcome import checking, queries, rules
from api.meetings.outcome.bodies import AmendOutcome, OutcomeBody, OutcomeRecordBody
from api.meetings.outcome.checking import Findings, on_alert
from api.meetings.outcome.drafts import held_draft
from api.meetings.outcome.models import OutcomeAlert, OutcomeInformation, OutcomeVersion
from api.meetings.outcome.parts import AlertDecisionBody
from api.meetings.outcome.rules import AlertDecision, ResponseStatus
from api.meetings.queries import about, invited_to, readers_among
from api.meetings.rules import Act
from api.meetings.service import chaired, move
from api.plans.service import draw_up_risk, draw_up_sharing

# Says nothing of the meeting: the plan may be given to others, who read who has it and why.
GOES_BY_IT = "goes by the plan"
# Shown to whoever read the alert, at the meeting or not.
REPLACED = "Brought up to date by its agency."
PUBLISHED = "Published as the meeting decided."


async def finalise_outcome(work: UnitOfWork, meeting_id: UUID, version: int) -> Meeting:
    """Records the draft, once and for all, with all that follows from it. Whatever is wrong with
    it is said at once, and then nothing of it is written. The family and the meeting are held
    first, then plans, then alerts in the order of their ids. Also on a record that was merged away
    since the meeting was held, but for new alerts, which belong on the survivor."""
    meeting = await chaired(work, meeting_id, closing=True)
    person = access.check_chairs(work.actor, meeting)
    draft = await held_draft(work, meeting, version)
    outcome = OutcomeBody.model_validate(draft.body if draft else {})
    checking.check_may(work.actor, outcome)
    if outcome.publish:
        await check_open(work, meeting.family_id)
    room = await checking.room_of(work, meeting, outcome.alerts)
    told = checking.told_in(outcome)
    findings = Findings(rules.outcome_refusals(told, room))
    actions = [*outcome.actions, *_reconsidered(work, outcome, told, room)]
    try:
        await findings.of(assign_actions(work, meeting, actions, person, at="/actions"))
        await _draw_up(work, meeting, outcome, person, findings)
        made = [
            await findings.of(new_alert(work, meeting.family_id, body, at=f"/publish/{place}"))
            for place, body in enumerate(outcome.publish)
        ]
        findings.raise_any()
        await _change_alerts(work, outcome.alerts, findings)
    except DoorstepError:
        findings.raise_any()  # what the chair can mend, before what somebody else has changed
        raise
    findings.raise_any()
    for alert, body in zip(made, outcome.publish, strict=True):
        if alert is not None:
            await announce(work, alert, named_in(body.audience))
    _conclude(work, meeting, outcome, person)
    _note_alerts(work, meeting, outcome.alerts, [each for each in made if each is not None])
    await work.session.delete(draft)
    return meeting


def _conclude(work: UnitOfWork, meeting: Meeting, outcome: OutcomeBody, by: Person) -> None:
    following = outcome.next_meeting
    meeting.outcome_number = 1
    if following is not None:
        meeting.follow_up_kind, meeting.follow_up_by = following.kind, following.on
    move(work, meeting, Act.RECORD, by, details={"number": 1})
    content = _content_of(outcome)
    content["next_meeting"] = following.model_dump(mode="json") if following else None
    _keep(work, meeting, outcome, content, by)
    work.record(events.OUTCOME_RECORDED, about(meeting))


def _content_of(record: OutcomeRecordBody) -> dict[str, Any]:
    """What everybody invited reads; what was told to some of them stands in rows of its own."""
    names = set(OutcomeRecordBody.model_fields) - {"information"}
    return record.model_dump(mode="json", include=names)


def _keep(
    work: UnitOfWork,
    meeting: Meeting,
    record: OutcomeRecordBody,
    content: Mapping[str, Any],
    by: Person,
    *,
    reason: str | None = None,
) -> None:
    """A version of the outcome: the one that the meeting counts now."""
    given = {"meeting_id": meeting.id, "family_id": meeting.family_id}
    work.add(
        OutcomeVersion(
            id=new_id(),
            number=meeting.outcome_number,
            reason=reason,
            content=dict(content),
            at=work.now,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
            **given,
        )
    )
    for place, each in enumerate(record.information):
        work.add(
            OutcomeInformation(
                id=new_id(),
                number=meeting.outcome_number,
                place=place,
                agency_id=each.agency_id,
                said=each.said,
                agency_ids=each.agency_ids,
                **given,
            )
        )


def _reconsidered(
    work: UnitOfWork, outcome: OutcomeBody, told: rules.Told, room: rules.Room
) -> list[NewAction]:
    """Of each alert of another agency, an action that asks its owner to think again, unless the
    chair has listed one."""
    listed = {each.alert_id for each in outcome.actions}
    asked = rules.to_reconsider(told.alerts, room) - listed
    by = add_working_days(london_date(work.now), rules.RECONSIDER_WITHIN_WORKING_DAYS)
    return [
        NewAction.model_construct(
            kind=ActionKind.RECONSIDER_ALERT,
            agency_id=room.alerts[each.alert_id].agency_id,
            what=each.reasons,
            due_on=each.answer_by or by,
            alert_id=each.alert_id,
        )
        for each in outcome.alerts
        if each.alert_id in asked
    ]


async def _draw_up(
    work: UnitOfWork, meeting: Meeting, outcome: OutcomeBody, by: Person, findings: Findings
) -> None:
    """Given to everybody invited who is still involved."""
    sharing, risk = outcome.family_sharing_plan, outcome.risk_reduction_plan
    if sharing is None and risk is None:
        return
    readers = await involved_agencies(work, meeting.family_id)
    readers &= await invited_to(work, meeting.id)
    given = dict.fromkeys(sorted(readers), GOES_BY_IT)
    place = (work, meeting.id, meeting.family_id)
    if sharing is not None:
        await findings.of(draw_up_sharing(*place, sharing, given, by, at="/family_sharing_plan"))
    if risk is not None:
        await findings.of(draw_up_risk(*place, risk, given, by, at="/risk_reduction_plan"))


async def _change_alerts(
    work: UnitOfWork, decided: Sequence[AlertDecisionBody], findings: Findings
) -> None:
    """As the acts on alerts do it: the author is not the one who approves, and whoever read an
    alert is told. The latest alert first, as ratifying locks them: what replaces before what it
    replaces."""
    places = sorted(enumerate(decided), key=lambda each: each[1].alert_id, reverse=True)
    for place, each in places:
        at, version = f"/alerts/{place}", each.version or 0
        if each.review is not None:
            review = record_review(work, each.alert_id, each.review, version)
            await findings.of(on_alert(review, each.alert_id), f"{at}/review")
        elif each.replacement is not None:
            body = Supersede.model_construct(reason=REPLACED, replacement=each.replacement)
            superseded = supersede_alert(work, each.alert_id, body, version)
            await findings.of(on_alert(superseded, each.alert_id), at)
        elif each.decision is AlertDecision.WITHDRAWN:
            why = Withdraw.model_construct(reason=each.reasons)
            withdrawn = withdraw_alert(work, each.alert_id, why, version)
            await findings.of(on_alert(withdrawn, each.alert_id), at)


def _note_alerts(
    work: UnitOfWork,
    meeting: Meeting,
    decided: Sequence[AlertDecisionBody],
    published: Sequence[Alert],
) -> None:
    considered: list[tuple[UUID, AlertDecision, str]] = [
        *((each.alert_id, each.decision, each.reasons) for each in decided),
        *((each.id, AlertDecision.PUBLISHED, PUBLISHED) for each in published),
    ]
    for alert_id, decision, reasons in considered:
        work.add(
            OutcomeAlert(
                id=new_id(),
                meeting_id=meeting.id,
                family_id=meeting.family_id,
                number=meeting.outcome_number,
                alert_id=alert_id,
                decision=decision,
                reasons=reasons,
            )
        )


async def amend_outcome(
    work: UnitOfWork, meeting_id: UUID, body: AmendOutcome, version: int
) -> Meeting:
    """A new version of the record, told to all; what was decided about alerts, the plans and the
    next meeting stand as they were recorded."""
    meeting = await chaired(work, meeting_id, version, closing=True)
    person = access.check_chairs(work.actor, meeting)
    move(work, meeting, Act.AMEND, person, note=body.reason)
    room = await checking.room_of(work, meeting)
    told = checking.told_in_record(body.outcome)
    findings = Findings(rules.record_refusals(told, room, "/outcome"))
    await findings.of(assign_actions(work, meeting, body.actions, person, at="/actions"))
    await findings.of(_settle(work, meeting, body.settles))
    findings.raise_any()
    before = await queries.read_outcome(work, meeting)
    meeting.outcome_number += 1
    content = {**before.content, **_content_of(body.outcome)}
    _keep(work, meeting, body.outcome, content, person, reason=body.reason)
    work.record(events.OUTCOME_AMENDED, about(meeting))
    return meeting


async def _settle(work: UnitOfWork, meeting: Meeting, settles: Sequence[UUID]) -> None:
    """Raises Invalid for what is no open request of this meeting."""
    if not settles:
        return
    found = {each.id: each for each in await queries.lock_corrections(work, meeting.id, settles)}
    wrong = [
        FieldError(
            f"/settles/{place}",
            "not_open",
            "Only an open request for a correction of this meeting, named once.",
        )
        for place, each in enumerate(settles)
        if each not in found or each in settles[:place]
    ]
    if wrong:
        raise Invalid(errors=wrong)
    for each in found.values():
        each.status, each.settled_at = ResponseStatus.SETTLED, work.now
        each.version += 1
        to = await readers_among(work, events.CORRECTION_ANSWERED, meeting.id, each.agency_id)
        work.record(events.CORRECTION_ANSWERED, about(meeting), to=to)
