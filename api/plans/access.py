"""Who may read a plan, and who may change it. The one place that says so."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from api.access.actor import Actor
from api.families.access import involved
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, expression, register
from api.plans.models import Plan, PlanRecipient


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """The agency that answers for it and those that it was given to, while they are involved with
    the family. Break-glass opens none."""
    one = expression(agency)
    given = exists(
        select(PlanRecipient.plan_id).where(
            PlanRecipient.plan_id == Plan.id, PlanRecipient.agency_id == one
        )
    ).correlate_except(PlanRecipient)
    return and_(involved(Plan.family_id, agency), or_(Plan.agency_id == one, given))


def of_readable(agency: Expression, plan_id: Expression) -> ColumnElement[bool]:
    """Whether the agency reads the plan of this id: what belongs to a plan asks it too."""
    found = select(Plan.id).where(Plan.id == plan_id, readable_by(agency))
    return exists(found).correlate_except(Plan)


register(Resource("plan", "/v1/plans", of_readable))


def check_owns(actor: Actor, plan: Any) -> None:
    """Raises Forbidden: only the agency that answers for a plan changes it."""
    if plan.agency_id != actor.agency_id:
        raise Forbidden("Only the agency that answers for the plan does this.")
