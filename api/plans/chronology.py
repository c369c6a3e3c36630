"""What of plans stands in a family's chronology: every step but to whom else they were given."""

from sqlalchemy import Text, and_, case, func, literal

from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER
from api.plans.access import readable_by
from api.plans.models import Plan, PlanReview, PlanStep
from api.plans.rules import PlanAct

# What was done, by what the chronology calls it.
_DONE = {
    PlanAct.DRAW_UP: ("plan.drawn_up", "A plan was drawn up."),
    PlanAct.REVIEW: ("plan.reviewed", "It was reviewed and goes on; the note is what was found."),
    PlanAct.SUPERSEDE: ("plan.superseded", "Another plan took its place."),
    PlanAct.END: ("plan.ended", "A review ended it; the note says why."),
    PlanAct.HAND_OVER: ("plan.handed_over", "Another agency answers for it now."),
}

_STEPS = (
    entries(
        at=PlanStep.at,
        id=PlanStep.id,
        family_id=PlanStep.family_id,
        type=case(
            *((PlanStep.act == act, literal(name, Text)) for act, (name, _) in _DONE.items())
        ),
        resource_type="plan",
        resource_id=PlanStep.plan_id,
        agency_id=PlanStep.by_agency_id,
        name=PlanStep.by_name,
        job_title=PlanStep.by_job_title,
        note=func.coalesce(PlanStep.note, PlanReview.note),
    )
    .join(Plan, Plan.id == PlanStep.plan_id)
    .outerjoin(
        PlanReview,
        and_(PlanReview.plan_id == PlanStep.plan_id, PlanReview.version == PlanStep.version),
    )
    .where(readable_by(CALLER), PlanStep.act != PlanAct.SHARE)
)

SOURCES = (Source(dict(_DONE.values()), "/v1/plans/{resource_id}", _STEPS),)
