"""Reads of subject notification, and the data of the letter."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.agencies.models import Agency
from api.alerts import access, events
from api.alerts.notifications import rules
from api.alerts.notifications.models import SubjectNotification
from api.alerts.notifications.rules import RIGHTS, behaviour_words
from api.alerts.notifications.schemas import (
    Letter,
    LetterAgency,
    LetterSource,
    LetterSubject,
    SubjectNotificationResponse,
)
from api.alerts.notifications.schemas import NotificationStep as Step
from api.alerts.rules import LIVE, Notification
from api.code_lists import lists
from api.families.models import Address, Member
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict
from api.journal.audiences import recipients_of
from api.journal.unit_of_work import UnitOfWork


class NotificationWithheld(Conflict):
    """The subject is not to be told for now, so there is no letter."""

    code, title = "notification_withheld", "Notification withheld"


async def steps_of(work: UnitOfWork, alert_id: UUID) -> Iterable[SubjectNotification]:
    """What was decided, oldest first, of an alert of the caller's own."""
    return await work.session.scalars(
        select(SubjectNotification)
        .where(SubjectNotification.alert_id == alert_id)
        .order_by(SubjectNotification.id)
    )


async def notification_body(work: UnitOfWork, alert: Any) -> SubjectNotificationResponse:
    steps = await steps_of(work, alert.id)
    return SubjectNotificationResponse(
        alert_id=alert.id,
        status=rules.notification_shown(alert.status, alert.notification),
        due_on=alert.notification_due if alert.status in LIVE else None,
        steps=[Step.model_validate(each, from_attributes=True) for each in steps],
        version=alert.version,
    )


async def letter(work: UnitOfWork, alert: Any) -> Letter:
    """Of an alert of the caller's own. Who reported it, and in what words, is left out where the
    source is protected. Raises NotificationWithheld, and Conflict for an alert that has ended:
    nobody is told any more of what is no longer held against them."""
    access.check_live(alert)
    if alert.notification == Notification.WITHHELD:
        raise NotificationWithheld
    agency = await work.session.get_one(Agency, alert.agency_id)
    source = LetterSource(name=alert.author_name, job_title=alert.author_job_title)
    return Letter(
        alert_id=alert.id,
        agency=LetterAgency.model_validate(agency, from_attributes=True),
        subject=await _subject(work, alert),
        recorded_on=london_date(alert.published_at),
        severity=lists.SEVERITIES.label(alert.severity),
        behaviours=[behaviour_words(each) for each in alert.behaviours],
        what_happened=None if alert.protect_source else alert.grounds["statement"],
        source=None if alert.protect_source else source,
        precautions=[lists.PRECAUTIONS.label(each) for each in alert.precautions],
        shared_with=await _shared_with(work, alert),
        review_due=alert.review_due,
        expires_on=alert.expires_on,
        rights=list(RIGHTS),
    )


async def _subject(work: UnitOfWork, alert: Any) -> LetterSubject:
    name, is_child, lines = None, False, None
    if alert.subject_member_id is not None:
        member = await work.session.get_one(Member, alert.subject_member_id)
        name = " ".join(each for each in (member.given_name, member.family_name) if each) or None
        is_child = member.kind != "adult"
    if alert.subject_address_id is not None:
        address = await work.session.get_one(Address, alert.subject_address_id)
        lines = [*address.lines, address.postcode]
    return LetterSubject(
        kind=alert.subject_kind,
        name=name,
        is_child=is_child,
        description=alert.subject_description,
        address=lines,
    )


async def _shared_with(work: UnitOfWork, alert: Any) -> list[str]:
    """Whoever reads it now, but for the owner."""
    readers = await recipients_of(work.session, events.PUBLISHED, alert.id) - {alert.agency_id}
    names = await work.session.scalars(
        select(Agency.name).where(Agency.id.in_(readers)).order_by(Agency.name)
    )
    return list(names)
