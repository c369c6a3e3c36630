"""Writes on alerts, one verb each."""

from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.alerts import access, events, queries, rules
from api.alerts.models import Alert, AlertAcknowledgement, AlertRecipient, AlertTransition
from api.alerts.rules import Act, AudienceKind, Severity, Status, SubjectKind
from api.alerts.schemas import Acknowledge, AudienceBody, HandOver, PublishAlert, Withdraw
from api.families.models import Address, Member
from api.families.queries import check_in_family, hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.audiences import recipients_of
from api.journal.priorities import Priority
from api.journal.unit_of_work import Subject, UnitOfWork


def priority_of(severity: str) -> Priority:
    return Priority.URGENT if severity in rules.URGENT else Priority.ROUTINE


async def publish_alert(work: UnitOfWork, family_id: UUID, body: PublishAlert) -> Alert:
    """Provisional, and in force at once. Everybody of the audience is told."""
    await check_open(work, family_id)
    _check_grounds(body)
    _check_dates(work, body)
    author = await acting_person(work, body.author, "/author")
    await _check_subject(work, family_id, body)
    await _check_audience(work, family_id, body.audience)
    alert = _new_alert(work, family_id, body, author)
    work.add(alert)
    await work.session.flush()  # its transition and its recipients refer to it
    _move(work, alert, None, Status.PROVISIONAL, None)
    for each in body.audience.agencies or []:
        recipient = AlertRecipient(
            alert_id=alert.id,
            agency_id=each.agency_id,
            family_id=alert.family_id,
            reason=each.reason,
        )
        work.add(recipient)
    priority = priority_of(alert.severity)
    work.record(events.PUBLISHED, queries.about(alert), priority=priority)
    return alert


def _check_grounds(body: PublishAlert) -> None:
    grounds = body.grounds
    refusal = rules.grounds_refusal(grounds.kind, grounds.uncooperativeness_types, body.behaviours)
    if refusal is not None:
        raise Invalid.field(refusal[0], "insufficient_grounds", refusal[1])
    if grounds.incident_ids:
        raise Invalid.field(
            "/grounds/incident_ids", "unknown_incident", "No such incident on this family."
        )


def _check_dates(work: UnitOfWork, body: PublishAlert) -> None:
    today = london_date(work.now)
    if not today < body.review_due <= rules.latest_review(today):
        raise Invalid.field(
            "/review_due", "out_of_range", "The review is due within the next 6 months (§9)."
        )
    if not body.review_due <= body.expires_on <= rules.latest_expiry(today):
        raise Invalid.field(
            "/expires_on",
            "out_of_range",
            "An alert expires within 12 months, and not before its review.",
        )


async def _check_subject(work: UnitOfWork, family_id: UUID, body: PublishAlert) -> None:
    subject = body.subject
    try:
        if subject.kind is SubjectKind.MEMBER and subject.member_id is not None:
            await check_in_family(work, Member, family_id, subject.member_id)
        if subject.kind is SubjectKind.PREMISES and subject.address_id is not None:
            await check_in_family(work, Address, family_id, subject.address_id)
    except NotFound:
        raise Invalid.field(
            "/subject", "unknown_subject", "The subject is not on this family's record."
        ) from None


async def _check_audience(work: UnitOfWork, family_id: UUID, audience: AudienceBody) -> None:
    """A named audience is a subset of those involved: every recipient has a reason."""
    named = [each.agency_id for each in audience.agencies or []]
    if len(set(named)) != len(named):
        raise Invalid.field("/audience/agencies", "repeated", "An agency is named twice.")
    if named and not set(named) <= await involved_agencies(work, family_id):
        raise Invalid.field(
            "/audience/agencies", "not_involved", "An agency of the audience is not involved."
        )


def _new_alert(work: UnitOfWork, family_id: UUID, body: PublishAlert, author: Person) -> Alert:
    return Alert(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        author_id=author.id,
        author_name=author.name,
        author_job_title=author.job_title,
        status=Status.PROVISIONAL,
        disputed=False,
        severity=body.severity,
        subject_kind=body.subject.kind,
        subject_member_id=body.subject.member_id,
        subject_address_id=body.subject.address_id,
        subject_description=body.subject.description,
        behaviours=[each.model_dump() for each in body.behaviours],
        circumstances=list(body.circumstances),
        scope=body.scope,
        precautions=list(body.precautions),
        precaution_note=body.precaution_note,
        grounds=body.grounds.model_dump(mode="json"),
        child_impact=body.child_impact.model_dump(),
        audience_kind=body.audience.kind,
        published_at=work.now,
        ratify_by=rules.ratify_by(work.now),
        warnings_sent=0,
        review_due=body.review_due,
        expires_on=body.expires_on,
        version=1,
        content_version=1,
    )


def _move(
    work: UnitOfWork, alert: Alert, before: Status | None, after: Status, reason: str | None
) -> None:
    """Notes a change of status: who, when and why."""
    alert.status = after
    person = work.actor.person
    transition = AlertTransition(
        alert_id=alert.id,
        family_id=alert.family_id,
        version=alert.version,
        from_status=before,
        to_status=after,
        at=work.now,
        by_agency_id=work.agency_id,
        by_practitioner_id=person.id if person else None,
        by_name=person.name if person else alert.author_name,
        reason=reason,
    )
    work.add(transition)


async def _owned_alert(work: UnitOfWork, alert_id: UUID, version: int) -> Alert:
    """Locked, the caller's own, and as the caller last read it. The family is held before the
    alert is locked, as by who decides a contest: else each would wait for the other."""
    found = await queries.read_alert(work, alert_id)
    access.check_owns(work.actor, found)
    await hold_family(work, found.family_id)  # nobody leaves meanwhile
    alert = await queries.lock_own_alert(work, alert_id)
    if alert is None or alert.version != version:
        raise PreconditionFailed
    return alert


def _transition(work: UnitOfWork, alert: Alert, act: Act, reason: str | None) -> None:
    """Raises Conflict, naming the acts that are legal."""
    before = Status(alert.status)
    after = rules.after(act, before)
    if after is None:
        legal = [each.value for each in rules.legal_acts(before) if each is not Act.LAPSE]
        raise Conflict(
            f"An alert that is {before} cannot be changed so.",
            extra={"alert_status": before, "legal_acts": legal},
        )
    alert.version += 1
    _move(work, alert, before, after, reason)


async def ratify_alert(work: UnitOfWork, alert_id: UUID, version: int) -> Alert:
    """By a manager other than the author. The content version stays."""
    alert = await _owned_alert(work, alert_id, version)
    access.check_other_person(work.actor, alert)
    _transition(work, alert, Act.RATIFY, None)
    priority = priority_of(alert.severity)
    work.record(events.RATIFIED, queries.about(alert), priority=priority)
    return alert


async def withdraw_alert(work: UnitOfWork, alert_id: UUID, body: Withdraw, version: int) -> Alert:
    """Reaches everybody it was ever told to, also those who have left since."""
    alert = await _owned_alert(work, alert_id, version)
    _transition(work, alert, Act.WITHDRAW, body.reason)
    priority = priority_of(alert.severity)
    work.record(events.WITHDRAWN, queries.about(alert), priority=priority)
    return alert


async def hand_over_alert(work: UnitOfWork, alert_id: UUID, body: HandOver, version: int) -> Alert:
    """To another agency that reads it. The one before stays in the audience."""
    alert = await _owned_alert(work, alert_id, version)
    if Status(alert.status) not in rules.LIVE:
        raise Conflict("The alert is no longer in force.")
    if body.agency_id == work.agency_id:
        raise Conflict("The agency answers for the alert already.")
    named = alert.audience_kind == AudienceKind.AGENCIES
    entitled = body.agency_id in await involved_agencies(work, alert.family_id)
    if named and entitled:
        entitled = await queries.is_recipient(work, alert.id, body.agency_id)
    if not entitled:
        raise Invalid.field("/agency_id", "not_in_audience", "The agency does not read the alert.")
    if named and not await queries.is_recipient(work, alert.id, work.agency_id):
        work.add(
            AlertRecipient(
                alert_id=alert.id,
                agency_id=work.agency_id,
                family_id=alert.family_id,
                reason="published the alert",
            )
        )
        await work.session.flush()  # as the owner that it still is
    # Asked while the caller still owns it: only the owner sees who else was named.
    audience = await recipients_of(work.session, events.HANDED_OVER, alert.id)
    alert.agency_id = body.agency_id
    alert.version += 1
    work.record(events.HANDED_OVER, queries.about(alert), to=audience)
    return alert


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """The lead answers for the live alerts of an agency that others have ended, also where it
    was not named before: somebody must be able to withdraw them."""
    for each in await queries.adopt_alerts(work, family_id):
        subject = Subject("alert", each.id, family_id, each.version)
        work.record(events.HANDED_OVER, subject, to=each.recipients)


async def acknowledge_alert(
    work: UnitOfWork, alert_id: UUID, body: Acknowledge
) -> AlertAcknowledgement:
    """By a named practitioner of the caller's agency, of the content as it stands."""
    alert = await queries.read_alert(work, alert_id)
    person = await acting_person(work, body.practitioner, "/practitioner")
    acknowledgement = AlertAcknowledgement(
        id=new_id(),
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=work.agency_id,
        content_version=alert.content_version,
        practitioner_id=person.id,
        practitioner_name=person.name,
        practitioner_job_title=person.job_title,
        acknowledged_at=work.now,
    )
    work.add(acknowledgement)
    work.record(events.ACKNOWLEDGED, queries.about(alert), to=[alert.agency_id])
    return acknowledgement


async def tell_joiner(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Every live alert reaches the agency that has just joined: in the answer and its inbox."""
    alerts = await queries.live_alerts(work, family_id)
    for alert in alerts:
        priority = priority_of(Severity(alert.severity))
        subject = queries.about(alert)
        work.record(events.SHARED, subject, priority=priority, to=[work.agency_id])
        work.disclosed(subject)
    return [queries.alert_body(alert) for alert in alerts]
