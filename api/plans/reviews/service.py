"""Writes on the reviews of plans."""

from uuid import UUID

from api.access.actor import Person
from api.foundation.calendar import london_date
from api.foundation.errors import raise_for
from api.journal.unit_of_work import UnitOfWork
from api.plans import events, rules
from api.plans.models import Plan, PlanReview
from api.plans.queries import about
from api.plans.rules import PlanAct, PlanKind, PlanReviewOutcome
from api.plans.schemas import ReviewPlan
from api.plans.service import (
    PlanBody,
    check_legal,
    check_risk,
    check_sharing,
    looked_at,
    months_of,
    move,
    owned,
    say,
    set_review,
    today_of,
)


async def review_plan(work: UnitOfWork, plan_id: UUID, body: ReviewPlan, version: int) -> Plan:
    """By its owner, in person. It goes on until the next review, says something else from now on,
    or ends; to end it is allowed on a record that is merged away too."""
    ends = body.outcome is PlanReviewOutcome.END
    plan = await owned(work, plan_id, version, closing=ends)
    person = work.actor.in_person()
    act = PlanAct.END if ends else PlanAct.REVIEW
    check_legal(plan, act)
    _check_held(work, plan, body)
    await _look_again(work, plan, body, person)
    move(work, plan, act, person)
    work.add(
        PlanReview(
            plan_id=plan.id,
            family_id=plan.family_id,
            version=plan.version,
            held_on=body.held_on,
            outcome=body.outcome,
            note=body.note,
            review_due=None if ends else plan.review_due,
            at=work.now,
            by_agency_id=work.agency_id,
            by_id=person.id,
            by_name=person.name,
            by_job_title=person.job_title,
        )
    )
    work.record(events.REVIEWED, about(plan), details={"outcome": body.outcome})
    if ends:
        work.record(events.ENDED, about(plan))
    return plan


def _check_held(work: UnitOfWork, plan: Plan, body: ReviewPlan) -> None:
    raise_for(
        rules.review_refusal(
            body.outcome,
            plan.kind,
            [each for each in PlanKind if getattr(body, each) is not None],
            dated=body.review_due is not None,
            repeating=plan.repeat_days is not None,
        )
    )
    drawn_up = london_date(plan.drawn_up_at)
    raise_for(rules.held_refusal(body.held_on, drawn_up, today_of(work)))


async def _look_again(work: UnitOfWork, plan: Plan, body: ReviewPlan, by: Person) -> None:
    """When the next review is due, and what the plan says from now on where that changes."""
    if body.outcome is PlanReviewOutcome.CONTINUE:
        if body.review_due is not None:
            raise_for(rules.review_due_refusal(body.review_due, today_of(work), months_of(work)))
        due = body.review_due or rules.next_review(
            body.held_on, plan.repeat_days or 0, today_of(work)
        )
        set_review(work, plan, due)
    elif body.family_sharing is not None:
        check_sharing(work, body.family_sharing, "/family_sharing")
        set_review(work, plan, looked_at(work, body.family_sharing))
        _say_anew(work, plan, body.family_sharing, by, body.note)
    elif body.risk_reduction is not None:
        await check_risk(work, plan.family_id, body.risk_reduction, "/risk_reduction")
        plan.repeat_days = body.risk_reduction.repeat_days
        set_review(work, plan, body.risk_reduction.review_due)
        _say_anew(work, plan, body.risk_reduction, by, body.note)


def _say_anew(work: UnitOfWork, plan: Plan, body: PlanBody, by: Person, reason: str) -> None:
    plan.content_version += 1
    say(work, plan, body, by, reason=reason)
