"""What a visitor is shown, and the note that it was: a banner shown counts as read."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from orjson import Fragment

from api.alerts.rules import Notification, Status, is_review_overdue
from api.code_lists import engagement, lists
from api.code_lists.codes import CodeList
from api.foundation.calendar import london_date
from api.foundation.json import to_json
from api.journal.unit_of_work import Subject, UnitOfWork
from api.overview import queries, rules
from api.overview.schemas import Asked
from api.plans.queries import measure_body

NO_SHARED_RECORD = {"status": "no_shared_record"}


async def show_banner(work: UnitOfWork, family_id: UUID) -> dict[str, Any]:
    """Every live alert the caller may read, gravest first, the last incident, what cannot be
    assessed, and the plans that it goes by."""
    rows = await queries.banner(work, family_id)
    constraints, plans = rows[0].constraints, rows[0].plans
    today = london_date(work.now)
    subject = Subject("family", family_id, family_id)
    noted = _noted({str(family_id)}, _alerts(rows), _incidents_shown(rows))
    unassessed = [each["id"] for each in constraints or ()]
    planned = [each["id"] for each in plans or ()]
    details = {**noted, "assessment_constraints": unassessed, "plans": planned}
    work.disclosed(subject, action="banner.read", details=details)
    work.showed("alert", noted["alerts"])
    return {
        **_banner(rows, today),
        "assessment_constraints": constraints and [_constraint(each) for each in constraints],
        "plans": plans and [_plan(each, today) for each in plans],
    }


def _noted(
    families: Container[str], alerts: Iterable[Any], incidents: list[str]
) -> dict[str, list[str]]:
    """What the audit keeps of what was shown. Of alerts `elsewhere`, on records that were not
    asked for, the door `listings_of` tells the readers of these records."""
    shown = {each.alert_id: each.record_id for each in alerts}
    elsewhere = [alert_id for alert_id, record in shown.items() if record not in families]
    noted = {"alerts": list(shown), "incidents": incidents}
    return {**noted, **({"elsewhere": elsewhere} if elsewhere else {})}


async def look_up(work: UnitOfWork, asked: Sequence[Asked]) -> bytes:
    """The answer to each entry, as JSON, in the order asked. Absent and unreadable are one
    answer. Each family is written out as soon as it is put together: a thousand of them kept
    as objects would cost more in garbage collection than in anything else."""
    rows = await queries.lookup(
        work, [each.local_id for each in asked], [each.family_id for each in asked]
    )
    by_family = defaultdict(list)
    for row in rows:
        by_family[row.family_id].append(row)
    found: dict[int, dict[str, Fragment]] = defaultdict(dict)
    shown: list[Any] = []
    incidents: list[str] = []
    today = london_date(work.now)
    for family_id, of_family in by_family.items():
        shown += _alerts(of_family)
        incidents += _incidents_shown(of_family)
        written = Fragment(to_json({"status": "found", **_banner(of_family, today)}))
        for place in of_family[0].places:
            found[place][family_id] = written
    details = {"families": list(by_family), **_noted(by_family, shown, incidents)}
    work.note("banners.looked_up", None, details=details)
    work.showed("alert", details["alerts"])
    return to_json({"items": [_answer(found.get(at + 1)) for at in range(len(asked))]})


def _answer(found: dict[str, Fragment] | None) -> Any:
    if found is None:
        return NO_SHARED_RECORD
    if len(found) > 1:  # to choose one might hide the other's danger
        return {"status": "ambiguous", "family_ids": sorted(found)}
    return next(iter(found.values()))


def _alerts(rows: Iterable[Any]) -> list[Any]:
    """Of one family's rows, gravest first."""
    return sorted((row for row in rows if row.alert_id is not None), key=rules.gravest_first)


def _latest(rows: Iterable[Any]) -> Any:
    """The row with the latest incident of one family's, on whichever of its records."""
    return max(
        (row for row in rows if row.incident_id is not None),
        key=lambda row: (row.incident_at, row.incident_id),
        default=None,
    )


def _incidents_shown(rows: Iterable[Any]) -> list[str]:
    latest = _latest(rows)
    return [] if latest is None else [latest.incident_id]


def _banner(rows: Sequence[Any], today: date) -> dict[str, Any]:
    record, alerts = rows[0], _alerts(rows)
    return {
        "family_id": record.family_id,
        "merged_into": record.merged_into,
        "level": rules.level([each.severity for each in alerts]),
        "lines": rules.record_in_words(record),
        "alerts": [_alert(each, today) for each in alerts],
        "last_incident": _last_incident(_latest(rows)),
    }


def _last_incident(row: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    met = tuple((each["code"], each["manner"], each["covert"]) for each in row.incident_behaviours)
    return {
        "id": row.incident_id,
        "agency_id": row.incident_agency_id,
        "occurred_at": row.incident_at,
        "line": rules.incident_in_words(london_date(row.incident_at), row.incident_place, met),
        "behaviours": _labelled(
            lists.THREATENING_BEHAVIOURS, [each["code"] for each in row.incident_behaviours]
        ),
    }


def _alert(alert: Any, today: date) -> dict[str, Any]:
    return {
        "id": alert.alert_id,
        "family_id": alert.record_id,
        "severity": alert.severity,
        "status": alert.status,
        "provisional": alert.status == Status.PROVISIONAL,
        "disputed": alert.disputed,
        "review_overdue": is_review_overdue(alert.review_due, today),
        "subject_told": alert.notification == Notification.SENT,
        "unconfirmed": alert.unconfirmed,
        "on_address": alert.on_address,
        "subject": {
            "kind": alert.subject_kind,
            "member_id": alert.subject_member_id,
            "address_id": alert.subject_address_id,
            "description": alert.subject_description,
            "address": rules.address_in_words(alert),
        },
        "lines": rules.lines(alert, today),
        "precautions": _labelled(lists.PRECAUTIONS, alert.precautions),
        "behaviours": _labelled(
            lists.THREATENING_BEHAVIOURS, [each["code"] for each in alert.behaviours]
        ),
        "contact": {
            "agency_id": alert.agency_id,
            "agency": alert.agency,
            "emergency_contact": alert.emergency_contact,
        },
        "published_at": alert.published_at,
        "review_due": alert.review_due,
        "content_version": alert.content_version,
    }


def _constraint(each: dict[str, Any]) -> dict[str, Any]:
    """With the label of its area."""
    included = {"answer": each["included"], "reference": each["reference"]}
    plain = ("id", "family_id", "why", "since", "member_id", "agency_id", "agency")
    return {
        **{name: each[name] for name in plain},
        "area": engagement.ASSESSMENT_CONSTRAINTS.labelled(each["area"]),
        "included_in_child_risk_assessment": included,
    }


def _plan(each: dict[str, Any], today: date) -> dict[str, Any]:
    """With the labels of its measures, and all of it in plain words."""
    content = each["content"]
    overdue = is_review_overdue(date.fromisoformat(each["review_due"]), today)
    plain = ("id", "family_id", "kind", "agency_id", "agency", "review_due")
    return {
        **{name: each[name] for name in plain},
        "review_overdue": overdue,
        "lines": rules.plan_in_words(content, overdue, today),
        "measures": [measure_body(one) for one in content.get("measures", ())],
        "child_seen_how": content.get("child_seen_how"),
        "sharing": content.get("sharing"),
        "not_yet": content.get("not_yet"),
    }


def _labelled(code_list: CodeList, codes: Iterable[str]) -> list[dict[str, str]]:
    return [code_list.labelled(code) for code in codes]
