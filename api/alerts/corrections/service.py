"""Writes that correct an alert. None changes what it says: a new alert is made of it, it is taken
back, or it is confirmed as it stands."""

from typing import Any
from uuid import UUID

from api.alerts import access, events, queries, rules
from api.alerts.corrections.queries import is_same_adult
from api.alerts.corrections.schemas import (
    ConfirmAlert,
    CorrectSubject,
    EnterInError,
    ExtendAlert,
    Supersede,
)
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.alerts.rules import Act, AudienceKind, Notification, Origin, Status, SubjectKind
from api.alerts.schemas import SubjectBody
from api.alerts.service import (
    announce,
    at_its_beginning,
    check_audience,
    check_dates,
    check_subject,
    illegal,
    named_in,
    new_alert,
    note_step,
    owned_alert,
    take_back,
)
from api.families.queries import lock_families
from api.families.service import check_open
from api.foundation.errors import Conflict, Invalid, NotFound
from api.journal.audiences import recipients_of
from api.journal.unit_of_work import UnitOfWork

# What an alert says, whomever it is about and whoever reads it.
_CONTENT = (
    "severity", "behaviours", "circumstances", "scope", "precautions", "precaution_note",
    "grounds", "child_impact", "child_seen_how", "protect_source",
)  # fmt: skip
_AUTHOR = ("author_id", "author_name", "author_job_title")


async def supersede_alert(work: UnitOfWork, alert_id: UUID, body: Supersede, version: int) -> Alert:
    """The replacement, provisional and in force at once. The alert before stays in force beside
    it until the replacement is ratified: so a correction that nobody ratifies costs no
    protection. Raises Conflict where one waits already."""
    before = await owned_alert(work, alert_id, version)
    if rules.after(Act.SUPERSEDE, Status(before.status)) is None:
        raise illegal(before)
    await check_open(work, before.family_id)
    if await queries.has_live_descendant(work, before.id, Origin.REPLACES, before.family_id):
        raise Conflict("A replacement of the alert waits to be ratified already.")
    alert = await new_alert(work, before.family_id, body.replacement, at="/replacement")
    await _check_covered(work, before, named_in(body.replacement.audience), alert.audience_kind)
    alert.origin, alert.origin_id = Origin.REPLACES, before.id
    alert.protect_source = alert.protect_source or before.protect_source
    keep_from_subject(alert, before)
    before.version += 1  # whoever acts on it next has seen that a replacement waits
    await announce(work, alert, named_in(body.replacement.audience), reason=body.reason)
    return alert


async def _check_covered(
    work: UnitOfWork, before: Alert, named: dict[UUID, str], kind: str
) -> None:
    """Raises Invalid where a replacement would take the alert from somebody who reads it."""
    readers = await recipients_of(work.session, events.PUBLISHED, before.id)
    if rules.narrows(before.audience_kind, readers - {before.agency_id}, kind, named):
        raise Invalid.field(
            "/replacement/audience",
            "narrower",
            "A replacement takes no alert from its readers: withdraw it, and publish another.",
        )


def keep_from_subject(alert: Alert, before: Alert) -> None:
    """What a manager decided not to tell the subject yet is not told by another alert that says
    the same: it stays withheld, until the same day to look again."""
    if before.notification == Notification.WITHHELD:
        alert.notification = before.notification
        alert.notification_due = before.notification_due


async def enter_in_error(
    work: UnitOfWork, alert_id: UUID, body: EnterInError, version: int
) -> Alert:
    """There should never have been this alert: it is recalled at once."""
    alert = await owned_alert(work, alert_id, version)
    await take_back(work, alert, Act.ENTER_IN_ERROR, body.reason)
    return alert


async def correct_subject(
    work: UnitOfWork, alert_id: UUID, body: CorrectSubject, version: int
) -> Alert:
    """The same alert about the right subject, to be ratified anew. The wrong one is entered in
    error in the same moment, and recalled."""
    if body.family_id is not None:
        await _lock_both_records(work, alert_id, body.family_id)
    before = await owned_alert(work, alert_id, version)
    family_id = body.family_id or before.family_id
    moves = family_id != before.family_id
    if moves:
        await _check_other_family(work, family_id)
    elif body.audience is not None:
        raise Invalid.field("/audience", "same_family", "On its own record it keeps its audience.")
    else:
        await check_open(work, family_id)
    await check_subject(work, family_id, body.subject, "/subject")
    if not moves and _is_its_subject(before, body.subject):
        raise Invalid.field("/subject", "same_subject", "That is its subject already.")
    content = {name: getattr(before, name) for name in _CONTENT}
    audience = await _audience_of(work, before)
    if moves:
        audience = await _given_audience(work, family_id, body)
    if body.child_impact is not None:
        content["child_impact"] = body.child_impact.model_dump()
    person = work.actor.in_person()
    await take_back(work, before, Act.ENTER_IN_ERROR, body.reason)
    alert = Alert(
        **content,
        **at_its_beginning(work, before.review_due, before.expires_on),
        family_id=family_id,
        author_id=person.id,
        author_name=person.name,
        author_job_title=person.job_title,
        subject_kind=body.subject.kind,
        subject_member_id=body.subject.member_id,
        subject_address_id=body.subject.address_id,
        subject_description=body.subject.description,
        audience_kind=audience[0],
        origin=Origin.MOVES if moves else Origin.CORRECTS,
        origin_id=before.id,
    )
    keep_from_subject(alert, before)
    await announce(work, alert, audience[1], reason=body.reason)
    return alert


async def _lock_both_records(work: UnitOfWork, alert_id: UUID, other_id: UUID) -> None:
    """In the order of merging, and before the alert: else each would wait for the other."""
    found = await queries.read_own_alert(work, alert_id)
    await lock_families(work, found.family_id, other_id)


def _is_its_subject(alert: Alert, subject: SubjectBody) -> bool:
    """Whom or what has no id is named by its description alone."""
    if subject.kind != alert.subject_kind:
        return False
    known = (alert.subject_member_id, alert.subject_address_id)
    if any(known):
        return known == (subject.member_id, subject.address_id)
    return subject.description == alert.subject_description


async def _check_other_family(work: UnitOfWork, family_id: UUID) -> None:
    """Raises Invalid for a family that the caller does not read, as for one that is none."""
    try:
        await check_open(work, family_id)
    except NotFound:
        raise Invalid.field(
            "/family_id", "unknown_family", "No family that the agency reads."
        ) from None


async def _audience_of(work: UnitOfWork, alert: Alert) -> tuple[str, dict[UUID, str]]:
    named = await queries.recipients(work, alert.id)
    return alert.audience_kind, {each.agency_id: each.reason for each in named}


async def _given_audience(
    work: UnitOfWork, family_id: UUID, body: CorrectSubject
) -> tuple[str, dict[UUID, str]]:
    if body.audience is None:
        return AudienceKind.INVOLVED, {}
    await check_audience(work, family_id, body.audience, "/audience")
    return body.audience.kind, named_in(body.audience)


async def extend_alert(work: UnitOfWork, alert_id: UUID, body: ExtendAlert) -> Alert:
    """A ratified alert on an adult, on the record of that adult's other household: by a manager,
    other than its author, of an agency that reads both. Active at once, since it was ratified;
    its owner is the agency that extended it. One for named agencies is extended by its owner
    alone. Both records are locked: it is neither recalled meanwhile nor extended twice. Raises
    Invalid unless it is the same adult."""
    before = await queries.read_alert(work, alert_id)
    if before.audience_kind == AudienceKind.AGENCIES:
        access.check_owns(work.actor, before)  # only the owner shares it with more agencies
    access.check_other_person(work.actor, before)
    await lock_families(work, before.family_id, body.family_id)
    before = await queries.read_alert(work, alert_id)  # as it is now that it stays so
    if before.status not in (Status.ACTIVE, Status.UNDER_REVIEW):
        raise Conflict(
            "Only an alert that was ratified, and is in force, is extended.",
            extra={"alert_status": before.status},
        )
    await _check_other_family(work, body.family_id)
    if body.family_id == before.family_id:
        raise Invalid.field("/family_id", "same_family", "The alert is on this record already.")
    await _check_same_adult(work, before, body)
    check_dates(work, body.review_due, body.expires_on)
    await check_audience(work, body.family_id, body.audience, "/audience")
    if await queries.has_live_descendant(work, before.id, Origin.EXTENDS, body.family_id):
        raise Conflict("The alert was extended to this family already.")
    alert = _extension(work, before, body)
    await announce(work, alert, named_in(body.audience), reason=body.reason)
    return alert


def _extension(work: UnitOfWork, before: Any, body: ExtendAlert) -> Alert:
    content: dict[str, Any] = {name: getattr(before, name) for name in (*_CONTENT, *_AUTHOR)}
    content |= at_its_beginning(work, body.review_due, body.expires_on)
    content["child_impact"] = body.child_impact.model_dump()
    if before.notification != Notification.DUE:
        content["notification"] = before.notification
        content["notification_due"] = before.notification_due
    return Alert(
        **content | {"status": Status.ACTIVE},
        family_id=body.family_id,
        subject_kind=SubjectKind.MEMBER,
        subject_member_id=body.member_id,
        audience_kind=body.audience.kind,
        origin=Origin.EXTENDS,
        origin_id=before.id,
    )


async def _check_same_adult(work: UnitOfWork, before: Any, body: ExtendAlert) -> None:
    if before.subject_member_id is None:
        raise Conflict("Only an alert on an adult of the family is extended.")
    if not await is_same_adult(work, before.subject_member_id, body.family_id, body.member_id):
        raise Invalid.field(
            "/member_id",
            "another_person",
            "Not an adult of that family who is the subject of the alert: an identifier, or name "
            "and birth date, must be the same.",
        )


async def confirm_alert(
    work: UnitOfWork, alert_id: UUID, body: ConfirmAlert, version: int
) -> Alert:
    """An alert on premises holds also after the family has moved."""
    alert = await owned_alert(work, alert_id, version)
    access.check_live(alert)
    if not alert.unconfirmed:
        raise Conflict("The alert needs no confirmation.")
    alert.unconfirmed = False
    alert.version += 1
    note_step(work, alert, "confirm", Status(alert.status), body.reason)
    work.record(events.CONFIRMED, queries.about(alert), priority=priority_of(alert.severity))
    return alert
