"""Writes on reviews: beginning one, and concluding it."""

from datetime import date
from uuid import UUID

from api.access.actor import Named
from api.alerts import access, events, queries, rules
from api.alerts.events import priority_of
from api.alerts.models import Alert, AlertTransition
from api.alerts.reviews.models import AlertReview
from api.alerts.reviews.schemas import BeginReview, RecordReview
from api.alerts.rules import Act, Status
from api.alerts.service import (
    check_dates,
    dates_of,
    illegal,
    owned_alert,
    take_back,
    transition,
)
from api.foundation.errors import Conflict
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork


async def begin_review(work: UnitOfWork, alert_id: UUID, body: BeginReview, version: int) -> Alert:
    """The alert goes on protecting, and shows that it is under review. Not by its author, who
    takes no part in a review."""
    alert = await owned_alert(work, alert_id, version)
    access.check_other_person(work.actor, alert)
    transition(work, alert, Act.REVIEW, body.reason)
    work.record(events.REVIEW_BEGUN, queries.about(alert))
    return alert


async def record_review(
    work: UnitOfWork, alert_id: UUID, body: RecordReview, version: int
) -> tuple[AlertReview, Alert]:
    """Concludes a review: renewed on grounds, or withdrawn. Raises Conflict where the reviewers
    are not independent of who wrote and who ratified the alert."""
    alert = await owned_alert(work, alert_id, version)
    act = Act.RENEW if body.outcome == "renewed" else Act.WITHDRAW
    if rules.after(act, Status(alert.status)) is None:
        raise illegal(alert)
    begun = None
    if alert.status == Status.UNDER_REVIEW:
        begun = await queries.review_begun(work, alert.id)
    await _check_reviewers(work, alert, begun)
    work.add(review := _review(work, alert, body, begun))
    if body.review_due is None:  # withdrawn
        await take_back(work, alert, act, body.grounds)
        return review, alert
    _renew(work, alert, body.review_due, body.expires_on or alert.expires_on)
    transition(work, alert, act, body.grounds)
    work.record(events.RENEWED, queries.about(alert), priority=priority_of(alert.severity))
    return review, alert


def _renew(work: UnitOfWork, alert: Alert, review_due: date, expires_on: date) -> None:
    check_dates(work, review_due, expires_on)
    for name, value in dates_of(work, review_due, expires_on).items():
        setattr(alert, name, value)


async def _check_reviewers(work: UnitOfWork, alert: Alert, begun: AlertTransition | None) -> None:
    ratified = await queries.ratification_of(work, alert.id)
    ratifier = Named(ratified.by_practitioner_id, ratified.by_name or "") if ratified else None
    author = access.author_of(alert)
    reviewers: list[Named] = [work.actor.in_person()]
    if begun is not None:
        beginner = Named(begun.by_practitioner_id, begun.by_name or "")
        if not beginner.is_same_as(author):  # was possible once, and must not block every review
            reviewers.append(beginner)
    refusal = rules.review_refusal(alert.severity, author, ratifier, reviewers)
    if refusal is not None:
        raise Conflict(refusal)


def _review(
    work: UnitOfWork, alert: Alert, body: RecordReview, begun: AlertTransition | None
) -> AlertReview:
    person = work.actor.in_person()
    return AlertReview(
        id=new_id(),
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=work.agency_id,
        outcome=body.outcome,
        weighed=body.weighed.model_dump(),
        grounds=body.grounds,
        begun_by_id=begun.by_practitioner_id if begun else None,
        begun_by_name=begun.by_name if begun else None,
        reviewer_id=person.id,
        reviewer_name=person.name,
        reviewed_at=work.now,
        review_due=body.review_due,
        expires_on=body.expires_on,
    )
