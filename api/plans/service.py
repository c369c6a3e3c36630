"""Writes on plans: drawn up by a meeting, reviewed, given to others, handed over."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.alerts.queries import readable_of
from api.alerts.rules import review_notices_due
from api.families.queries import involved_agencies
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork
from api.plans import events, queries, rules
from api.plans.models import Plan, PlanAlert, PlanRecipient, PlanVersion
from api.plans.queries import about
from api.plans.rules import PlanKind, PlanStatus, Refusal
from api.plans.schemas import FamilySharingPlanBody, RiskReductionPlanBody

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
        _looked_at(work, body),
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
    raise_for(rules.review_due_refusal(body.review_due, _today(work), _months(work)), at)
    plan = Plan(
        kind=PlanKind.RISK_REDUCTION,
        meeting_id=meeting_id,
        family_id=family_id,
        repeat_days=body.repeat_days,
    )
    return await _draw_up(work, plan, body, body.review_due, recipients, by)


async def _draw_up(
    work: UnitOfWork,
    plan: Plan,
    body: FamilySharingPlanBody | RiskReductionPlanBody,
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
    work.record(events.DRAWN_UP, about(plan))
    for each in former:
        each.status = PlanStatus.SUPERSEDED
        each.version += 1
        work.record(events.SUPERSEDED, about(each))
    return plan


async def _lock_superseded(
    work: UnitOfWork, plan: Plan, given: Mapping[UUID, str]
) -> Sequence[Plan]:
    """The plans whose place this one takes. Raises Conflict where an agency that goes by one of
    them would be left without any."""
    former = await queries.lock_current_own(work, plan.family_id, PlanKind(plan.kind))
    if not former:
        return []
    readers = await queries.recipients_of(work, [each.id for each in former])
    involved = await involved_agencies(work, plan.family_id)
    losing = (set().union(*readers.values()) & involved) - set(given)
    if losing:
        raise Conflict(
            "Some agencies go by the plan that this one would supersede: give it to them too.",
            extra={"agency_ids": sorted(map(str, losing))},
        )
    return former


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
    body: FamilySharingPlanBody | RiskReductionPlanBody,
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
    raise_for(rules.sharing_refusal(on, again, _today(work), _months(work)), at)


async def check_risk(
    work: UnitOfWork, family_id: UUID, body: RiskReductionPlanBody, at: str
) -> None:
    """What it says, but for the date of its review."""
    measures = [(each.precaution, each.who, each.from_on) for each in body.measures]
    raise_for(rules.measures_refusal(measures, body.child_seen_how, _today(work)), at)
    known = await readable_of(work, family_id, body.alert_ids) if body.alert_ids else {}
    raise_for(rules.alerts_refusal(body.alert_ids, known), at)


def _looked_at(work: UnitOfWork, body: FamilySharingPlanBody) -> date:
    """A family that was told before is asked about today: whether it was, and what it said."""
    if body.not_yet is not None:
        return body.not_yet.look_again_on
    return max(body.sharing.on, _today(work)) if body.sharing else _today(work)


def set_review(work: UnitOfWork, plan: Plan, review_due: date) -> None:
    """What the date already calls for is not announced on the day it is set."""
    plan.review_due = review_due
    plan.review_notices_sent = review_notices_due(review_due, _today(work))


def _today(work: UnitOfWork) -> date:
    return london_date(work.now)


def _months(work: UnitOfWork) -> int:
    return work.runtime.settings.review_plan_within_months


def raise_for(refusal: Refusal | None, at: str = "") -> None:
    if refusal is not None:
        raise Invalid.field(at + refusal.pointer, refusal.code, refusal.reason)
