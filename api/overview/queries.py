"""The banner of one family."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from api.agencies.models import Agency
from api.alerts.queries import live_alerts
from api.code_lists import lists
from api.families.queries import check_family
from api.foundation.calendar import london_date
from api.journal.unit_of_work import Subject, UnitOfWork
from api.overview import rules

_CONTACTS = select(Agency.id, Agency.name, Agency.emergency_contact).where(
    Agency.id == any_(bindparam("agencies", type_=ARRAY(Uuid)))
)


async def banner(work: UnitOfWork, family_id: UUID) -> dict[str, Any]:
    """Every live alert the caller may read, gravest first. Shown is read: it is audited so."""
    await check_family(work, family_id, under_glass=True)
    alerts = await live_alerts(work, family_id, under_glass=True)
    alerts.sort(key=lambda each: rules.GRAVITY.index(each.severity), reverse=True)
    contacts = await _contacts(work, {each.agency_id for each in alerts})
    subject = Subject("family", family_id, family_id)
    shown = [str(each.id) for each in alerts]
    work.disclosed(subject, action="banner.read", details={"alerts": shown})
    work.showed("alert", [each.id for each in alerts])
    today = london_date(work.now)
    return {
        "family_id": family_id,
        "level": rules.level(each.severity for each in alerts),
        "alerts": [
            {
                "id": each.id,
                "severity": each.severity,
                "status": each.status,
                "disputed": each.disputed,
                "review_overdue": each.review_due < today,
                "lines": rules.lines(each, today),
                "precautions": _labelled(lists.PRECAUTIONS, each.precautions),
                "behaviours": _labelled(
                    lists.THREATENING_BEHAVIOURS, [one["code"] for one in each.behaviours]
                ),
                "contact": contacts[each.agency_id],
                "published_at": each.published_at,
                "review_due": each.review_due,
                "content_version": each.content_version,
            }
            for each in alerts
        ],
    }


def _labelled(code_list: lists.CodeList, codes: list[str]) -> list[dict[str, str]]:
    return [{"code": code, "label": code_list.label(code)} for code in codes]


async def _contacts(work: UnitOfWork, agencies: set[UUID]) -> dict[UUID, dict[str, Any]]:
    if not agencies:
        return {}
    found = await work.fetch(_CONTACTS, agencies=agencies)
    return {
        row.id: {
            "agency_id": row.id,
            "agency": row.name,
            "emergency_contact": row.emergency_contact,
        }
        for row in found
    }
