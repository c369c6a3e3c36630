"""The picture of one family, as the caller's agency may see it."""

from typing import Any
from uuid import UUID

from api.code_lists import picture as lists
from api.families.queries import check_family
from api.foundation.calendar import add_months
from api.journal.event_types import RESOURCES
from api.journal.unit_of_work import Subject, UnitOfWork
from api.overview.picture import queries, rules
from api.overview.picture.facts import Facts
from api.overview.picture.rules import Indicator, Limits


def limits(work: UnitOfWork) -> Limits:
    """After what time a contact is missed, as the partnership has agreed."""
    settings = work.runtime.settings
    return Limits(settings.no_contact_days, settings.child_not_seen_days)


async def show_picture(work: UnitOfWork, family_id: UUID) -> dict[str, Any]:
    """Raises NotFound for a family that the caller does not read."""
    await check_family(work, family_id)
    facts = await queries.facts_of(work, family_id, work.agency_id)
    raised = await queries.raised(work, family_id, work.agency_id)
    roles = await queries.roles_met(work, family_id)
    subject = Subject("family", family_id, family_id)
    details = {"incidents": [str(each.id) for each in facts.incidents]}
    work.disclosed(subject, action="family.engagement_read", details=details)
    met = rules.met_by(facts)
    return {
        "family_id": family_id,
        "since": add_months(facts.today, -rules.WINDOW_MONTHS),
        "pattern": rules.pattern(facts),
        "intermittent": rules.is_intermittent(facts),
        "met_by": [
            {
                "agency_id": agency,
                "incidents": incidents,
                "roles": [
                    {"role": row.role, "incidents": row.incidents}
                    for row in roles
                    if row.agency_id == agency
                ],
            }
            for agency, incidents in sorted(met.items(), key=lambda each: (-each[1], each[0]))
        ],
        "not_met_by": sorted(facts.involved - set(met)),
        "incidents": len(facts.incidents),
        "by_month": [
            {"month": month, "incidents": counted}
            for month, counted in rules.by_month(facts).items()
        ],
        "indicators": [
            _indicator(each) | {"raised_at": raised.get(each.code)} for each in _held(work, facts)
        ],
    }


def _held(work: UnitOfWork, facts: Facts) -> list[Indicator]:
    return rules.indicators(facts, limits(work))


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "label": lists.HOSTILITY_INDICATORS.label(indicator.code),
        "why": indicator.why,
        "evidence": [
            {"type": each.type, "id": each.id, "url": f"{RESOURCES[each.type].path}/{each.id}"}
            for each in indicator.evidence
        ],
        "agency_ids": sorted(indicator.agencies),
    }
