"""Writes on plans: drawn up by a meeting, given to others, handed over. Reviews have a package of
their own."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.alerts.queries import readable_of
from api.alerts.rules import review_notices_due
from api.families.queries import hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid, PreconditionFailed, raise_for
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork
from api.plans import access, events, queries, rules
from api.plans.models import Plan, PlanAlert, PlanRecipient, PlanStep, PlanVersion
from api.plans.queries import about
from api.plans.rules import PlanAct, PlanKind, PlanStatus
from api.plans.schemas import (
    FamilySharingPlanBody,
    HandOverPlan,
    RiskReductionPlanBody,
    SharePlan,
)

PlanBody = FamilySharingPlanBody | RiskReductionPlanBody
DRAWS_UP = "draws up the plan"


async def draw_up_sharing(
    work: UnitOfWork,
    meeting_id: UUID,
    family_id: UUID,
    body: FamilySharingPlanBody,
    recipients: Mapping[UUID, str],
    by: Person,
    *,
    at: str,
) -> Plan:
    """What, how, when and by whom the family is told, or why not yet. Its review is due when the
    family is to be told, or when that is looked at again. The caller has held the family; `at` is
    where in the body the plan stands, `recipients` who is given it, and why."""
    check_sharing(work, body, at)
    return await _draw_up(
        work,
        Plan(kind=PlanKind.FAMILY_SHARING, meeting_id=meeting_id, family_id=family_id),
        body,
        looked_at(work, body),
        recipients,
        by,
    )


async def draw_up_risk(
    work: UnitOfWork,
    meeting_id: UUID,
    family_id: UUID,
    body: RiskReductionPlanBody,
    recipients: Mapping[UUID, str],
    by: Person,
    *,
    at: str,
) -> Plan:
    """Measures that keep practitioners safe, and when they are looked at again."""
    await check_risk(work, family_id, body, at)
    plan = Plan(
        kind=PlanKind.RISK_REDUCTION,
        meeting_id=meeting_id,
        family_id=family_id,
        repeat_days=body.repeat_days,
    )
    return await _draw_up(work, plan, body, body.review_due, recipients, by)


async def share_plan(work: UnitOfWork, plan_id: UUID, body: SharePlan, version: int) -> Plan:
    """By its owner, in person, to another agency that is involved."""
    plan = await owned(work, plan_id, version)
    person = work.actor.in_person()
    check_legal(plan, PlanAct.SHARE)
    await _check_involved(work, plan, body.agency_id)
    readers = (await queries.recipients_of(work, [plan.id]))[plan.id]
    if body.agency_id in {work.agency_id, *readers}:
        raise Conflict("The agency has the plan already.")
    work.add(_given(work, plan, body.agency_id, body.reason))
    move(work, plan, PlanAct.SHARE, person, note=body.reason, agency_id=body.agency_id)
    work.record(events.SHARED, about(plan), to=[body.agency_id])
    return plan


async def hand_over_plan(work: UnitOfWork, plan_id: UUID, body: HandOverPlan, version: int) -> Plan:
    """By its owner, in person, to another agency that reads it, such as before the owner leaves.
    Also on a record that is merged away."""
    plan = await owned(work, plan_id, version, closing=True)
    person = work.actor.in_person()
    check_legal(plan, PlanAct.HAND_OVER)
    if body.agency_id == work.agency_id:
        raise Conflict("The agency answers for the plan already.")
    await _check_involved(work, plan, body.agency_id)
    if body.agency_id not in (await queries.recipients_of(work, [plan.id]))[plan.id]:
        raise Invalid.field(
            "/agency_id", "not_a_reader", "Only an agency that has the plan: share it first."
        )
    move(work, plan, PlanAct.HAND_OVER, person, agency_id=body.agency_id)
    await work.session.flush()  # as the owner that it still is
    plan.agency_id = body.agency_id
    work.record(events.HANDED_OVER, about(plan))
    return plan


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """The lead answers for the current plans of an agency that others have ended."""
    for each in await queries.adopt_plans(work, family_id):
        subject = Subject("plan", each.id, family_id, each.version)
        unseen = work.agency_id not in each.recipients
        work.record(events.HANDED_OVER, subject, to=each.recipients, unseen=unseen)


async def tell_joiner(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Who joins anew learns of the plans that it was given, and reads them itself: nothing for the
    answer."""
    for each in await queries.current_plans(work, family_id):
        work.record(events.SHARED, about(each), to=[work.agency_id])
    return []


async def owned(work: UnitOfWork, plan_id: UUID, version: int, *, closing: bool = False) -> Plan:
    """Locked, the caller's own, and as the caller last read it. `closing` is allowed on a record
    that is merged away too: else its owner could never leave it."""
    found = await queries.read_plan(work, plan_id)
    access.check_owns(work.actor, found)
    await (hold_family if closing else check_open)(work, found.family_id)
    plan = await queries.lock_plan(work, plan_id)
    if plan is None or plan.version != version:
        raise PreconditionFailed
    return plan


async def _check_involved(work: UnitOfWork, plan: Plan, agency_id: UUID) -> None:
    if agency_id not in await involved_agencies(work, plan.family_id):
        raise Invalid.field("/agency_id", "not_involved", "The agency is not involved.")


def check_legal(plan: Plan, act: PlanAct) -> PlanStatus:
    status = PlanStatus(plan.status)
    after = rules.after(act, status)
    if after is None:
        raise Conflict(
            f"A plan that is {status} does not allow this.",
            extra={
                "plan_status": status,
                "legal_acts": [each.value for each in rules.legal_acts(status)],
            },
        )
    return after


def move(work: UnitOfWork, plan: Plan, act: PlanAct, by: Person, **said: Any) -> None:
    """Raises Conflict where the act is not legal. `said` is what the step has to tell."""
    plan.status = check_legal(plan, act)
    plan.version += 1
    _note_step(work, plan, act, by, **said)


def _note_step(work: UnitOfWork, plan: Plan, act: PlanAct, by: Person, **said: Any) -> None:
    work.add(
        PlanStep(
            plan_id=plan.id,
            family_id=plan.family_id,
            version=plan.version,
            act=act,
            at=work.now,
            by_agency_id=work.agency_id,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
            **said,
        )
    )


async def _draw_up(
    work: UnitOfWork,
    plan: Plan,
    body: PlanBody,
    review_due: date,
    recipients: Mapping[UUID, str],
    by: Person,
) -> Plan:
    given = {work.agency_id: DRAWS_UP, **recipients}
    former = await _lock_superseded(work, plan, given)
    plan.id, plan.agency_id = new_id(), work.agency_id
    plan.status, plan.drawn_up_at = PlanStatus.CURRENT, work.now
    plan.version, plan.content_version = 1, 1
    set_review(work, plan, review_due)
    work.add(plan)
    await work.session.flush()  # the rest refers to it
    for agency_id, reason in given.items():
        work.add(_given(work, plan, agency_id, reason))
    say(work, plan, body, by)
    _note_step(work, plan, PlanAct.DRAW_UP, by)
    work.record(events.DRAWN_UP, about(plan))
    for each in former:
        move(work, each, PlanAct.SUPERSEDE, by)
        work.record(events.SUPERSEDED, about(each))
    return plan


async def _lock_superseded(
    work: UnitOfWork, plan: Plan, given: Mapping[UUID, str]
) -> Sequence[Plan]:
    """The plans whose place this one takes: of the same agency, and whose readers all read this
    one. Another stays beside it, so that nobody is left without what they go by."""
    former = await queries.lock_current_own(work, plan.family_id, PlanKind(plan.kind))
    if not former:
        return []
    readers = await queries.recipients_of(work, [each.id for each in former])
    involved = await involved_agencies(work, plan.family_id)
    return [each for each in former if readers[each.id] & involved <= set(given)]


def _given(work: UnitOfWork, plan: Plan, agency_id: UUID, reason: str) -> PlanRecipient:
    return PlanRecipient(
        plan_id=plan.id,
        agency_id=agency_id,
        family_id=plan.family_id,
        reason=reason,
        since=work.now,
    )


def say(
    work: UnitOfWork,
    plan: Plan,
    body: PlanBody,
    by: Person,
    *,
    reason: str | None = None,
) -> None:
    """Keeps what the plan says from now on. The alerts that it names are rows of their own, which
    only their readers see."""
    left_out = {"alert_ids", "review_due", "repeat_days"}
    content: dict[str, Any] = body.model_dump(mode="json", exclude=left_out)
    work.add(
        PlanVersion(
            plan_id=plan.id,
            family_id=plan.family_id,
            number=plan.content_version,
            content=content,
            reason=reason,
            at=work.now,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
        )
    )
    for alert_id in getattr(body, "alert_ids", ()):
        work.add(
            PlanAlert(
                plan_id=plan.id,
                number=plan.content_version,
                alert_id=alert_id,
                family_id=plan.family_id,
            )
        )


def check_sharing(work: UnitOfWork, body: FamilySharingPlanBody, at: str) -> None:
    on = body.sharing.on if body.sharing else None
    again = body.not_yet.look_again_on if body.not_yet else None
    raise_for(rules.sharing_refusal(on, again, today_of(work), months_of(work)), at)


async def check_risk(
    work: UnitOfWork, family_id: UUID, body: RiskReductionPlanBody, at: str
) -> None:
    """What it says, and when it is looked at again."""
    today, months = today_of(work), months_of(work)
    raise_for(rules.review_due_refusal(body.review_due, today, months), at)
    raise_for(rules.repeat_refusal(body.repeat_days, today, months), at)
    measures = [(each.precaution, each.who, each.from_on) for each in body.measures]
    raise_for(rules.measures_refusal(measures, body.child_seen_how, today), at)
    known = await readable_of(work, family_id, body.alert_ids) if body.alert_ids else {}
    raise_for(rules.alerts_refusal(body.alert_ids, known), at)


def looked_at(work: UnitOfWork, body: FamilySharingPlanBody) -> date:
    """A family that was told before is asked about today: whether it was, and what it said."""
    if body.not_yet is not None:
        return body.not_yet.look_again_on
    return max(body.sharing.on, today_of(work)) if body.sharing else today_of(work)


def set_review(work: UnitOfWork, plan: Plan, review_due: date) -> None:
    """What the date already calls for is not announced on the day it is set."""
    plan.review_due = review_due
    plan.review_notices_sent = review_notices_due(review_due, today_of(work))


def today_of(work: UnitOfWork) -> date:
    return london_date(work.now)


def months_of(work: UnitOfWork) -> int:
    return work.runtime.settings.review_plan_within_months
