"""Writes on incidents, one verb each. The decisions to share them are in `sharing`."""

from typing import Any
from uuid import UUID

from api.access.actor import Named
from api.agencies.queries import acting_person, unknown_agencies
from api.alerts import service as alerts
from api.alerts.models import Alert
from api.families.models import Member
from api.families.queries import check_in_family, hold_family
from api.families.service import check_open
from api.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.foundation.json import plain
from api.incidents import access, events, queries, rules
from api.incidents.models import Incident, IncidentVersion
from api.incidents.parts import BehavedBody
from api.incidents.queries import ACCOUNT, SAID
from api.incidents.rules import Act, Due, IncidentStatus
from api.incidents.schemas import (
    CorrectIncident,
    DecideIncident,
    EnterIncidentInError,
    RecordIncident,
)
from api.incidents.sharing.queries import undecided
from api.incidents.sharing.schemas import ShareIncident
from api.incidents.sharing.service import decide, illegal, open_decisions
from api.journal.event_types import EventType
from api.journal.unit_of_work import UnitOfWork


async def record_incident(work: UnitOfWork, family_id: UUID, body: RecordIncident) -> Incident:
    """Recorded once, with a decision opened for every other agency involved; those that the body
    takes already, and the alert it publishes, are done in the same transaction."""
    await check_open(work, family_id)
    person = await acting_person(work, body.recorder, "/recorder")
    await _check_people(work, family_id, body.behaved)
    await _check_agencies(work, body)
    parts = _parts(work, body, {"recorder", "sharing"})
    _check(work, parts)
    incident = Incident(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        author_id=person.id,
        author_name=person.name,
        author_job_title=person.job_title,
        status=IncidentStatus.OPEN,
        recorded_at=work.now,
        account={},
        version=1,
        content_version=1,
    )
    _say(work, incident, parts)
    work.add(incident)
    await work.session.flush()  # its decisions and the alert's grounds refer to it
    _keep_version(work, incident, person)
    decisions = await open_decisions(work, incident)
    work.record(events.RECORDED, queries.about(incident), to=[work.agency_id])
    if body.sharing is not None:
        published = await _publish(work, incident, body.sharing)
        await work.session.flush()  # who reads the alert is asked of the database
        given = body.sharing.decisions
        await decide(work, incident, decisions, given, person, at="/sharing", published=published)
    return incident


async def _publish(work: UnitOfWork, incident: Incident, body: ShareIncident) -> Alert | None:
    """The alert of the same call: the incident is one of its grounds."""
    if body.alert is None:
        return None
    alert = await alerts.new_alert(work, incident.family_id, body.alert, at="/sharing/alert")
    grounds = dict(alert.grounds)
    grounds["incident_ids"] = [*grounds["incident_ids"], str(incident.id)]
    alert.grounds = grounds
    await alerts.announce(work, alert, alerts.named_in(body.alert.audience))
    return alert


async def _check_people(work: UnitOfWork, family_id: UUID, behaved: list[BehavedBody]) -> None:
    """Raises Invalid for a member of another family."""
    for number, each in enumerate(behaved):
        if each.member_id is None:
            continue
        try:
            await check_in_family(work, Member, family_id, each.member_id)
        except NotFound:
            raise Invalid.field(
                f"/behaved/{number}/member_id", "unknown_member", "Not on this family's record."
            ) from None


async def _check_agencies(work: UnitOfWork, body: RecordIncident | CorrectIncident) -> None:
    """Raises Invalid for an agency that is none: towards whom, or at the debrief."""
    towards = {
        f"/towards/{number}/agency_id": each.agency_id
        for number, each in enumerate(body.towards or [])
        if each.agency_id is not None
    }
    held_with = body.debrief.agency_ids if body.debrief else []
    there = {f"/debrief/agency_ids/{number}": each for number, each in enumerate(held_with)}
    named = towards | there
    unknown = await unknown_agencies(work, set(named.values()))
    for pointer, each in named.items():
        if each in unknown:
            raise Invalid.field(pointer, "unknown_agency", "No agency of the partnership.")


def _parts(
    work: UnitOfWork, body: RecordIncident | CorrectIncident, but: set[str]
) -> dict[str, Any]:
    """What a body says, part by part. Whoever names no agency was met by this one."""
    parts = body.model_dump(exclude=but, exclude_none=True)
    if isinstance(body, CorrectIncident):
        parts = {name: value for name, value in parts.items() if name in body.model_fields_set}
    for each in parts.get("towards", []):
        each.setdefault("agency_id", work.agency_id)
    return parts


def _check(work: UnitOfWork, parts: dict[str, Any]) -> None:
    """Raises Invalid for what cannot be."""
    refusal = rules.contradiction(parts, work.now)
    if refusal is not None:
        raise Invalid.field(*refusal)


def _say(work: UnitOfWork, incident: Incident, parts: dict[str, Any]) -> None:
    """Writes the parts, and what follows from them."""
    written: dict[str, Any] = {**parts}
    for name in ("behaved", "behaviours", "towards"):
        if name in written:
            written[name] = plain(written[name])
    for name in SAID:
        if name in written:
            setattr(incident, name, written[name])
    incident.met_by = sorted({UUID(each["agency_id"]) for each in incident.towards})
    told = {name: plain(parts[name]) for name in ACCOUNT if name in parts}
    incident.account = {**incident.account, **told}
    late = work.runtime.settings.late_entry_hours
    incident.late = rules.is_late(incident.occurred_at, incident.recorded_at, late)
    _remind(work, incident)


def _remind(work: UnitOfWork, incident: Incident) -> None:
    """Of each kind of missing parts once, when it is due."""
    missing = set(rules.missing(queries.said(incident)).values())
    ahead = {
        due: at
        for due, at in queries.due_dates(work, incident.recorded_at).items()
        if due in missing and at > work.now and incident.status == IncidentStatus.OPEN
    }
    incident.complete_by, incident.follow_up_by = ahead.get(Due.SOON), ahead.get(Due.FOLLOW_UP)


def _keep_version(
    work: UnitOfWork, incident: Incident, person: Named, reason: str | None = None
) -> None:
    version = IncidentVersion(
        incident_id=incident.id,
        family_id=incident.family_id,
        number=incident.content_version,
        at=work.now,
        by_practitioner_id=person.id,
        by_name=person.name,
        reason=reason,
        content=plain(queries.said(incident)),
    )
    work.add(version)


async def _owned(work: UnitOfWork, incident_id: UUID, version: int, act: Act) -> Incident:
    """Locked, the caller's own, as the caller last read it, and open to the act."""
    found = await queries.read_incident(work, incident_id)
    access.check_owns(work.actor, found)
    await hold_family(work, found.family_id)  # nobody joins or leaves meanwhile
    incident = await queries.lock_own_incident(work, incident_id)
    if incident is None or incident.version != version:
        raise PreconditionFailed
    after = rules.after(act, IncidentStatus(incident.status))
    if after is None:
        raise illegal(incident)
    incident.status = after
    return incident


def _changed(
    work: UnitOfWork,
    incident: Incident,
    event_type: EventType,
    person: Named,
    reason: str | None = None,
) -> None:
    """A new version of the content, and everybody who reads the incident is told."""
    incident.version += 1
    incident.content_version += 1
    _keep_version(work, incident, person, reason)
    priority = events.priority_of(incident.behaviours, incident.uncooperativeness_types)
    work.record(event_type, queries.about(incident), priority=priority)


async def correct_incident(
    work: UnitOfWork, incident_id: UUID, body: CorrectIncident, version: int
) -> Incident:
    """Adds what is missing, or says it otherwise; the version before is kept."""
    incident = await _owned(work, incident_id, version, Act.CORRECT)
    person = await acting_person(work, body.practitioner, "/practitioner")
    if body.behaved is not None:
        await _check_people(work, incident.family_id, body.behaved)
    await _check_agencies(work, body)
    parts = _parts(work, body, {"reason", "practitioner"})
    before = queries.said(incident)
    if rules.rewritten(plain(before), plain(parts)) and body.reason is None:
        raise Invalid.field("/reason", "missing", "Say why it is said otherwise than before.")
    _check(work, before | parts)
    _say(work, incident, parts)
    _changed(work, incident, events.CORRECTED, person, body.reason)
    return incident


async def decide_incident(
    work: UnitOfWork, incident_id: UUID, body: DecideIncident, version: int
) -> Incident:
    """How the work can safely go on, by a manager other than who recorded the incident (§7)."""
    incident = await _owned(work, incident_id, version, Act.DECIDE)
    person = access.check_other_person(work.actor, incident)
    made = {"name": person.name, "job_title": person.job_title}
    decision = body.model_dump() | {"decided_at": work.now, "decided_by": made}
    incident.decided_at = work.now
    _say(work, incident, {"decision": decision})
    _changed(work, incident, events.DECIDED, person)
    return incident


async def close_incident(work: UnitOfWork, incident_id: UUID, version: int) -> Incident:
    """Raises Conflict while an agency is undecided, or no manager has decided how work goes on."""
    incident = await _owned(work, incident_id, version, Act.CLOSE)
    waiting = await undecided(work, incident_id)
    undone = "decision" not in incident.account
    if waiting or undone:
        raise Conflict(
            "Decide first for every agency involved, and how the work can safely go on.",
            extra={"undecided": [str(each) for each in waiting], "decision_missing": undone},
        )
    _remind(work, incident)
    _changed(work, incident, events.CLOSED, work.actor.in_person())
    return incident


async def enter_incident_in_error(
    work: UnitOfWork, incident_id: UUID, body: EnterIncidentInError, version: int
) -> Incident:
    """There should never have been this incident: everybody it was shared with is told."""
    incident = await _owned(work, incident_id, version, Act.ENTER_IN_ERROR)
    _remind(work, incident)
    _changed(work, incident, events.ENTERED_IN_ERROR, work.actor.in_person(), body.reason)
    return incident
