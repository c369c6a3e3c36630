"""Writes on sharing decisions: opened with the incident, and decided."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.alerts import queries as alerts
from api.alerts.models import Alert
from api.alerts.rules import LIVE
from api.families.queries import hold_family, involved_agencies
from api.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from api.incidents import access, events, rules
from api.incidents import queries as incidents
from api.incidents.models import Incident
from api.incidents.sharing import queries
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import How, Outcome, change_refusal
from api.incidents.sharing.schemas import DecideSharing, SharingBody
from api.journal.unit_of_work import UnitOfWork


async def open_decisions(work: UnitOfWork, incident: Incident) -> dict[UUID, SharingDecision]:
    """One for every other agency involved now: nobody is forgotten (procedure §4)."""
    others = await involved_agencies(work, incident.family_id) - {work.agency_id}
    due_at = work.now + timedelta(hours=work.runtime.settings.decide_sharing_hours)
    decisions = {each: _undecided(incident, each) for each in sorted(others)}
    for each in decisions.values():
        each.due_at = due_at
        work.add(each)
    return decisions


def _undecided(incident: Incident, agency_id: UUID) -> SharingDecision:
    return SharingDecision(
        incident_id=incident.id,
        agency_id=agency_id,
        family_id=incident.family_id,
        owner_id=incident.agency_id,
        outcome=Outcome.UNDECIDED,
    )


async def decide_sharing(
    work: UnitOfWork, incident_id: UUID, body: DecideSharing, version: int
) -> Incident:
    """Of one agency or several, all or none. Raises Conflict for an incident entered in error, and
    for what is shared and would be unshared."""
    found = await incidents.read_incident(work, incident_id)
    access.check_owns(work.actor, found)
    await hold_family(work, found.family_id)  # nobody joins or leaves meanwhile
    incident = await incidents.lock_own_incident(work, incident_id)
    if incident is None or incident.version != version:
        raise PreconditionFailed
    if rules.after(rules.Act.SHARE, rules.IncidentStatus(incident.status)) is None:
        raise illegal(incident)
    person = await acting_person(work, body.practitioner, "/practitioner")
    decisions = await queries.decisions_of(work, incident_id, lock=True)
    await decide(work, incident, decisions, body.decisions, person, at="")
    incident.version += 1
    return incident


def illegal(incident: Incident) -> Conflict:
    """The refusal of an act that the incident's status does not allow."""
    status = rules.IncidentStatus(incident.status)
    legal = [each.value for each in rules.legal_acts(status)]
    return Conflict(
        f"An incident that is {status} cannot be changed so.",
        extra={"incident_status": status, "legal_acts": legal},
    )


async def decide(
    work: UnitOfWork,
    incident: Incident,
    decisions: dict[UUID, SharingDecision],
    bodies: Sequence[SharingBody],
    person: Person,
    *,
    at: str,
    published: Alert | None = None,
) -> None:
    """Takes the decisions, and tells whom the incident reaches by them. `published` is the alert
    of the same call, and `at` where the decisions stand in the request."""
    named = [each.agency_id for each in bodies]
    if len(set(named)) != len(named):
        raise Invalid.field(f"{at}/decisions", "repeated", "An agency is named twice.")
    involved = await involved_agencies(work, incident.family_id)
    reached = []
    for number, body in enumerate(bodies):
        pointer = f"{at}/decisions/{number}"
        if body.agency_id not in involved - {work.agency_id}:
            raise Invalid.field(
                f"{pointer}/agency_id", "not_involved", "No other agency that is involved."
            )
        if body.outcome is Outcome.NOT_SHARED and work.actor.person is None:
            raise Forbidden("Not to share is judged by a practitioner, with a token of their own.")
        row = decisions.get(body.agency_id)
        if row is None:
            row = _undecided(incident, body.agency_id)
            work.add(row)
        alert_id = await _alert_of(work, incident, body, pointer, published)
        if _apply(work, row, body, alert_id, person):
            reached.append(body.agency_id)
    subject = incidents.about(incident)
    outcomes = {str(each.agency_id): each.outcome for each in bodies}
    work.note("incident.sharing_decided", subject, details={"decisions": outcomes})
    if reached:
        priority = events.priority_of(incident.behaviours, incident.uncooperativeness_types)
        work.record(events.SHARED, subject, priority=priority, to=reached)


async def _alert_of(
    work: UnitOfWork, incident: Incident, body: SharingBody, pointer: str, published: Alert | None
) -> UUID | None:
    """The alert by which an agency is told. Raises Invalid for one that it does not read."""
    if body.how is not How.ALERT:
        return None
    alert_id = body.alert_id or (published.id if published else None)
    if alert_id is None:
        raise Invalid.field(f"{pointer}/alert_id", "missing", "Name the alert that it reads.")
    try:
        alert = await alerts.read_alert(work, alert_id)
        readers = await alerts.fellow_readers(work, alert_id)
    except NotFound:
        readers = set()
    if body.agency_id not in readers or alert.family_id != incident.family_id:
        raise Invalid.field(
            f"{pointer}/alert_id", "not_in_audience", "No alert on this family that it reads."
        )
    if alert.status not in LIVE:
        raise Invalid.field(f"{pointer}/alert_id", "ended", "The alert is no longer in force.")
    return alert_id


def _apply(
    work: UnitOfWork,
    row: SharingDecision,
    body: SharingBody,
    alert_id: UUID | None,
    person: Person,
) -> bool:
    """Returns whether the agency is given the incident itself by this, and was not before."""
    refusal = change_refusal(Outcome(row.outcome), row.how, Outcome(body.outcome), body.how)
    if refusal is not None:
        raise Conflict(refusal, extra={"agency_id": str(row.agency_id)})
    if row.how == How.INCIDENT:
        return False  # it has it: who gave it, and when, stays on record
    row.outcome, row.how, row.alert_id = body.outcome, body.how, alert_id
    row.reason_code, row.reason = body.reason_code, body.reason
    row.decided_at = work.now
    row.decided_by_id = person.id
    row.decided_by_name, row.decided_by_job_title = person.name, person.job_title
    return body.how is How.INCIDENT
