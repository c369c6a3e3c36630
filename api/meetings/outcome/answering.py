"""An outcome as its reader may see it, in JSON and as a page."""

from typing import Any
from uuid import UUID

from api.journal.unit_of_work import UnitOfWork
from api.meetings.outcome import queries
from api.meetings.outcome.bodies import OutcomeBody
from api.meetings.outcome.models import OutcomeDraft

EMPTY = OutcomeBody.model_validate({}).model_dump(mode="json")


def person(name: str, job_title: str) -> dict[str, str]:
    return {"name": name, "job_title": job_title}


def draft_body(meeting_id: UUID, draft: OutcomeDraft | None) -> dict[str, Any]:
    """As it was saved; an empty one while nothing was."""
    return {
        "meeting_id": meeting_id,
        "version": draft.version if draft else 0,
        "saved_at": draft.saved_at if draft else None,
        "outcome": draft.body if draft else EMPTY,
    }


async def handed_draft(
    work: UnitOfWork, meeting: Any, draft: OutcomeDraft | None
) -> dict[str, Any]:
    """The draft as its present chair may see it: what another chair wrote of alerts that this one's
    agency does not read is left out."""
    body = draft_body(meeting.id, draft)
    if draft is None or draft.by_id == work.actor.practitioner_id:
        return body
    told = body["outcome"]
    risk = told["risk_reduction_plan"]
    named = {each["alert_id"] for part in ("alerts", "actions") for each in told[part]}
    named |= set(risk["alert_ids"]) if risk else set()
    known = await queries.live_alerts(
        work, meeting.family_id, [UUID(each) for each in named - {None}]
    )
    seen = {None, *map(str, known)}
    kept = {
        part: [each for each in told[part] if each["alert_id"] in seen]
        for part in ("alerts", "actions")
    }
    if risk:
        alert_ids = [each for each in risk["alert_ids"] if each in seen]
        kept["risk_reduction_plan"] = risk | {"alert_ids": alert_ids}
    return body | {"outcome": told | kept}


async def outcome_body(work: UnitOfWork, meeting: Any, number: int | None = None) -> dict[str, Any]:
    """The version that stands, or that of the number. Raises NotFound."""
    found = await queries.read_outcome(work, meeting, number)
    told = await queries.information_of(work, meeting.id, found.number)
    alerts = await queries.alerts_of(work, meeting.id)
    actions = await queries.actions_of(work, meeting.id)
    plans = await queries.plans_of(work, meeting.id)
    knows = meeting.agency_id == work.agency_id
    work.showed("alert", [each.alert_id for each in alerts])
    return {
        **found.content,
        "meeting_id": meeting.id,
        "family_id": meeting.family_id,
        "agency_id": meeting.agency_id,
        "kind": meeting.kind,
        "number": found.number,
        "reason": found.reason,
        "at": found.at,
        "by": person(found.by_name, found.by_job_title),
        "information": [_information(each, work.agency_id, knows) for each in told],
        "alerts": [_plain(each, "alert_id", "decision", "reasons") for each in alerts],
        "actions": [_action(each) for each in actions],
        "plans": [
            {name: getattr(each, name) for name in ("id", "kind", "status")} for each in plans
        ],
        "version": meeting.version,
    }


def _plain(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _information(row: Any, reader: UUID, chairs: bool) -> dict[str, Any]:
    """That it is not for everybody, its readers must know; for whom else it is, they need not."""
    named = row.agency_ids is not None
    shown = row.agency_ids if named and (chairs or row.agency_id == reader) else None
    return {
        "agency_id": row.agency_id,
        "said": row.said,
        "confidential": named,
        "agency_ids": shown,
    }


def _action(row: Any) -> dict[str, Any]:
    body = _plain(
        row, "id", "kind", "agency_id", "what", "due_on", "with_agency_ids", "alert_id", "status"
    )
    named = row.practitioner_name is not None
    body["practitioner"] = (
        person(row.practitioner_name, row.practitioner_job_title) if named else None
    )
    return body


def version_body(row: Any) -> dict[str, Any]:
    return _plain(row, "number", "reason", "at") | {"by": person(row.by_name, row.by_job_title)}


def response_body(row: Any) -> dict[str, Any]:
    body = _plain(
        row, "id", "meeting_id", "agency_id", "number", "answer", "correction", "status", "reply",
        "answered_at", "settled_at", "version",
    )  # fmt: skip
    return body | {"by": person(row.by_name, row.by_job_title)}
