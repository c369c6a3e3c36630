"""Writes on alerts, one verb each. Subpackages hold those of reviews, corrections and the rest."""

from datetime import date
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.agencies.models import Agency
from api.agencies.queries import acting_person
from api.alerts import access, events, queries, rules
from api.alerts.acknowledgements.service import owe_acknowledgements
from api.alerts.events import priority_of
from api.alerts.models import Alert, AlertRecipient, AlertTransition
from api.alerts.ports import incidents_shown
from api.alerts.recalls.service import recall_alert
from api.alerts.rules import Act, AudienceKind, Notification, Origin, Status, SubjectKind
from api.alerts.schemas import AudienceBody, HandOver, PublishAlert, Ratify, SubjectBody, Withdraw
from api.families.models import Address, Member
from api.families.queries import check_in_family, hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import add_working_days, london_date
from api.foundation.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.audiences import recipients_of
from api.journal.unit_of_work import Subject, UnitOfWork


async def publish_alert(work: UnitOfWork, family_id: UUID, body: PublishAlert) -> Alert:
    """Provisional, and in force at once. Everybody of the audience is told."""
    await check_open(work, family_id)
    alert = await new_alert(work, family_id, body)
    await announce(work, alert, named_in(body.audience))
    return alert


async def new_alert(
    work: UnitOfWork, family_id: UUID, body: PublishAlert, *, at: str = ""
) -> Alert:
    """An alert that nobody is told of yet. `at` is where its body stands in the request."""
    await _check_grounds(work, family_id, body, at)
    check_dates(work, body.review_due, body.expires_on, at)
    author = await acting_person(work, body.author, f"{at}/author")
    await check_subject(work, family_id, body.subject, f"{at}/subject")
    await check_audience(work, family_id, body.audience, f"{at}/audience")
    return _made(work, family_id, body, author)


def named_in(audience: AudienceBody) -> dict[UUID, str]:
    """The agencies an audience names, each with its reason; none where all involved are meant."""
    return {each.agency_id: each.reason for each in audience.agencies or []}


async def announce(
    work: UnitOfWork, alert: Alert, named: dict[UUID, str], *, reason: str | None = None
) -> None:
    """Puts a new alert on record, tells its audience, and opens what they owe."""
    work.add(alert)
    await work.session.flush()  # its transition and its recipients refer to it
    note_step(work, alert, "publish", None, reason)
    for agency_id, why in named.items():
        recipient = AlertRecipient(
            alert_id=alert.id, agency_id=agency_id, family_id=alert.family_id, reason=why
        )
        work.add(recipient)
    audience = await recipients_of(work.session, events.PUBLISHED, alert.id)
    await owe_acknowledgements(work, alert, audience - {work.agency_id})
    priority = priority_of(alert.severity)
    work.record(events.PUBLISHED, queries.about(alert), priority=priority, to=audience)


async def _check_grounds(work: UnitOfWork, family_id: UUID, body: PublishAlert, at: str) -> None:
    grounds = body.grounds
    refusal = rules.grounds_refusal(grounds.kind, grounds.uncooperativeness_types, body.behaviours)
    if refusal is not None:
        raise Invalid.field(at + refusal[0], "insufficient_grounds", refusal[1])
    named = set(grounds.incident_ids)
    if named - await incidents_shown(work, named, family_id):
        raise Invalid.field(
            f"{at}/grounds/incident_ids", "unknown_incident", "No such incident on this family."
        )
    refusal = rules.access_refusal(body.precautions, body.child_seen_how)
    if refusal is not None:
        raise Invalid.field(at + refusal[0], "missing", refusal[1])


def check_dates(work: UnitOfWork, review_due: date, expires_on: date, at: str = "") -> None:
    """Raises Invalid, for one or both, unless the review is due in time (procedure §9), and the
    hard expiry comes in time and not before the review."""
    today, settings = london_date(work.now), work.runtime.settings
    wrong, earliest = [], review_due
    months = settings.review_within_months
    if not today < review_due <= rules.latest_review(today, months):
        earliest = today  # else the expiry would be wrong for the review's sake
        said = f"The review is due within the next {months} months (§9)."
        wrong.append(FieldError(f"{at}/review_due", "out_of_range", said))
    months = settings.expire_within_months
    if not earliest <= expires_on <= rules.latest_expiry(today, months):
        said = f"An alert expires within {months} months, and not before its review."
        wrong.append(FieldError(f"{at}/expires_on", "out_of_range", said))
    if wrong:
        raise Invalid(errors=wrong)


async def check_subject(
    work: UnitOfWork, family_id: UUID, subject: SubjectBody, pointer: str
) -> None:
    """Raises Invalid for a subject that is not on the family's record."""
    try:
        if subject.kind is SubjectKind.MEMBER and subject.member_id is not None:
            await check_in_family(work, Member, family_id, subject.member_id)
        if subject.kind is SubjectKind.PREMISES and subject.address_id is not None:
            await check_in_family(work, Address, family_id, subject.address_id)
    except NotFound:
        raise Invalid.field(
            pointer, "unknown_subject", "The subject is not on this family's record."
        ) from None


async def check_audience(
    work: UnitOfWork, family_id: UUID, audience: AudienceBody, pointer: str
) -> None:
    """A named audience is a subset of those involved: every recipient has a reason."""
    named = [each.agency_id for each in audience.agencies or []]
    if len(set(named)) != len(named):
        raise Invalid.field(f"{pointer}/agencies", "repeated", "An agency is named twice.")
    if named and not set(named) <= await involved_agencies(work, family_id):
        raise Invalid.field(
            f"{pointer}/agencies", "not_involved", "An agency of the audience is not involved."
        )


def _made(work: UnitOfWork, family_id: UUID, body: PublishAlert, author: Person) -> Alert:
    return Alert(
        family_id=family_id,
        author_id=author.id,
        author_name=author.name,
        author_job_title=author.job_title,
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
        child_seen_how=body.child_seen_how,
        audience_kind=body.audience.kind,
        protect_source=body.protect_source,
        **at_its_beginning(work, body.review_due, body.expires_on),
    )


def at_its_beginning(work: UnitOfWork, review_due: date, expires_on: date) -> dict[str, Any]:
    """How every alert starts, whatever it says."""
    settings = work.runtime.settings
    tell_by = settings.tell_subject_within_working_days
    return {
        "id": new_id(),
        "agency_id": work.agency_id,
        "status": Status.PROVISIONAL,
        "disputed": False,
        "unconfirmed": False,
        "published_at": work.now,
        "ratify_by": rules.ratify_by(work.now, settings.ratify_within),
        "warnings_sent": 0,
        "notification": Notification.DUE,
        "notification_due": add_working_days(london_date(work.now), tell_by),
        "notification_reminded": False,
        "version": 1,
        "content_version": 1,
        **dates_of(work, review_due, expires_on),
    }


def dates_of(work: UnitOfWork, review_due: date, expires_on: date) -> dict[str, Any]:
    """The dates of an alert. What they already call for is not announced on the day they are
    set."""
    today = london_date(work.now)
    return {
        "review_due": review_due,
        "review_notices_sent": rules.review_notices_due(review_due, today),
        "expires_on": expires_on,
        "expiry_notices_sent": rules.expiry_notices_due(expires_on, today),
    }


def note_step(
    work: UnitOfWork, alert: Alert, act: str, before: Status | None, reason: str | None
) -> None:
    """Notes what was done to an alert: who, when and why."""
    person = work.actor.person
    transition = AlertTransition(
        alert_id=alert.id,
        family_id=alert.family_id,
        version=alert.version,
        act=act,
        from_status=before,
        to_status=alert.status,
        at=work.now,
        by_agency_id=work.agency_id,
        by_practitioner_id=person.id if person else None,
        by_name=person.name if person else alert.author_name,
        reason=reason,
    )
    work.add(transition)


async def owned_alert(work: UnitOfWork, alert_id: UUID, version: int) -> Alert:
    """Locked, the caller's own, and as the caller last read it. The family is held before the
    alert is locked, as by who decides a contest: else each would wait for the other."""
    found = await queries.read_own_alert(work, alert_id)
    await hold_family(work, found.family_id)  # nobody leaves meanwhile
    alert = await queries.lock_own_alert(work, alert_id)
    if alert is None or alert.version != version:
        raise PreconditionFailed
    return alert


def transition(work: UnitOfWork, alert: Alert, act: Act, reason: str | None) -> None:
    """Raises Conflict, naming the acts that are legal."""
    before = Status(alert.status)
    after = rules.after(act, before)
    if after is None:
        raise illegal(alert)
    alert.version += 1
    alert.status = after
    note_step(work, alert, act, before, reason)


def illegal(alert: Alert) -> Conflict:
    """The refusal of an act that the alert's status does not allow."""
    status = Status(alert.status)
    legal = [each.value for each in rules.legal_acts(status)]
    return Conflict(
        f"An alert that is {status} cannot be changed so.",
        extra={"alert_status": status, "legal_acts": legal},
    )


async def take_back(work: UnitOfWork, alert: Alert, act: Act, reason: str | None) -> None:
    """Ends an alert and recalls it from everybody who ever had it."""
    transition(work, alert, act, reason)
    await recall_alert(work, alert, act)


async def ratify_alert(work: UnitOfWork, alert_id: UUID, body: Ratify, version: int) -> Alert:
    """By a manager other than the author, also of what a corrected alert repeats. The content
    version stays. An alert that this one replaces is superseded now, and not before, and only
    where all who read it read this one: so nobody is ever without protection."""
    alert = await owned_alert(work, alert_id, version)
    access.check_other_person(work.actor, alert)
    if alert.origin in (Origin.CORRECTS, Origin.MOVES):
        access.check_is_none_of(work.actor, await queries.earlier_authors(work, alert.id))
    transition(work, alert, Act.RATIFY, body.reason)
    work.record(events.RATIFIED, queries.about(alert), priority=priority_of(alert.severity))
    if alert.origin == Origin.REPLACES:
        await _supersede_replaced(work, alert)
    return alert


async def _supersede_replaced(work: UnitOfWork, alert: Alert) -> None:
    readers = await recipients_of(work.session, events.PUBLISHED, alert.id)
    for before in await queries.lock_replaced(work, alert):
        if not await recipients_of(work.session, events.PUBLISHED, before.id) <= readers:
            raise Conflict("An agency reads the alert before, and does not read this one.")
        await take_back(work, before, Act.SUPERSEDE, "Its replacement was ratified.")


async def withdraw_alert(work: UnitOfWork, alert_id: UUID, body: Withdraw, version: int) -> Alert:
    """Reaches everybody who was ever told or ever read it, also those who have left since. A
    severe alert that another has ratified is not its author's to withdraw, as it is not the
    author's to review; entering in error stays open: a wrong person is freed at once."""
    alert = await owned_alert(work, alert_id, version)
    if rules.withdrawn_by_another(alert.severity, Status(alert.status)):
        access.check_other_person(work.actor, alert)
    await take_back(work, alert, Act.WITHDRAW, body.reason)
    return alert


async def hand_over_alert(work: UnitOfWork, alert_id: UUID, body: HandOver, version: int) -> Alert:
    """To another agency that reads it. The one before stays in the audience."""
    alert = await owned_alert(work, alert_id, version)
    access.check_live(alert)
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
    alert.version += 1
    taker = await work.session.get_one(Agency, body.agency_id)
    note_step(work, alert, "hand_over", Status(alert.status), f"To {taker.name}.")
    await work.session.flush()  # as the owner that it still is
    # Asked while the caller still owns it: only the owner sees who else was named.
    audience = await recipients_of(work.session, events.HANDED_OVER, alert.id)
    alert.agency_id = body.agency_id
    work.record(events.HANDED_OVER, queries.about(alert), to=audience)
    return alert


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """The lead answers for the live alerts of an agency that others have ended, also where it
    was not named before: somebody must be able to withdraw them."""
    for each in await queries.adopt_alerts(work, family_id):
        subject = Subject("alert", each.id, family_id, each.version)
        unseen = work.agency_id not in each.recipients
        work.record(events.HANDED_OVER, subject, to=each.recipients, unseen=unseen)


async def tell_joiner(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Every live alert reaches the agency that has just joined: in the answer and its inbox."""
    alerts = await queries.live_alerts(work, family_id)
    for alert in alerts:
        subject = queries.about(alert)
        priority = priority_of(alert.severity)
        work.record(events.SHARED, subject, priority=priority, to=[work.agency_id])
        work.disclosed(subject)
        if alert.agency_id != work.agency_id:
            await owe_acknowledgements(work, alert, {work.agency_id})
    return await queries.alert_bodies(work, alerts)


async def ask_to_confirm(work: UnitOfWork, family_id: UUID) -> None:
    """The family has moved: its alerts on premises must be confirmed again, and say so."""
    for each in await queries.unconfirm_premises(work, family_id):
        subject = Subject("alert", each.id, family_id, each.version)
        unseen = work.agency_id not in each.recipients
        work.record(events.CONFIRMATION_DUE, subject, to=each.recipients, unseen=unseen)
