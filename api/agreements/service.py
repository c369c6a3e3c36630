"""Writes on written agreements, one verb each. Giving and signing them, and breaches, have packages
of their own."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.agencies.schemas import NamedPractitioner
from api.agreements import access, events, queries, rules
from api.agreements.models import Agreement, AgreementStep, AgreementVersion
from api.agreements.queries import about
from api.agreements.rules import Act, AgreementStatus, ReviewOutcome
from api.agreements.schemas import (
    ChangeAgreement,
    ContentBody,
    DraftAgreement,
    EndAgreement,
    HandOverAgreement,
    ReplaceAgreement,
    ReviewAgreement,
)
from api.alerts.rules import review_notices_due
from api.families.queries import hold_family, involved_agencies
from api.families.service import check_open
from api.foundation.calendar import add_months, london_date
from api.foundation.errors import Conflict, Forbidden, Invalid, PreconditionFailed, raise_for
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork

# An agreement made on paper may be recorded later, within a year.
EARLIEST = timedelta(days=365)


async def draft_agreement(work: UnitOfWork, family_id: UUID, body: DraftAgreement) -> Agreement:
    """Known to every involved agency from now on; the family has not seen it yet."""
    await check_open(work, family_id)
    author = await acting_person(work, body.author, "/author")
    return await _draw_up(work, family_id, body, author)


async def _draw_up(
    work: UnitOfWork,
    family_id: UUID,
    body: DraftAgreement | ReplaceAgreement,
    author: Person,
    *,
    replaces_id: UUID | None = None,
    reason: str | None = None,
) -> Agreement:
    _check_content(body.content, "/content")
    agreement = Agreement(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        author_id=author.id,
        author_name=author.name,
        author_job_title=author.job_title,
        status=AgreementStatus.DRAFTED,
        drafted_at=work.now,
        replaces_id=replaces_id,
        version=1,
        content_version=1,
    )
    _set_review(work, agreement, body.review_due)
    work.add(agreement)
    await work.session.flush()  # the rest refers to it
    _add_version(work, agreement, body.content, author)
    _note_step(work, agreement, "draft", None, author, note=reason)
    work.record(events.DRAFTED, about(agreement))
    return agreement


async def change_agreement(
    work: UnitOfWork, agreement_id: UUID, body: ChangeAgreement, version: int
) -> Agreement:
    """Before anybody has signed it. What the family was given so far counts no more."""
    agreement, _ = await owned(work, agreement_id, version)
    person = await acting(work, body.practitioner)
    check_legal(agreement, Act.CHANGE)
    _check_content(body.content, "/content")
    if body.review_due is not None:
        _set_review(work, agreement, body.review_due)
    _say_anew(work, agreement, body.content, person)
    move(work, agreement, Act.CHANGE, person, note=body.reason)
    work.record(events.CHANGED, about(agreement))
    return agreement


async def review_agreement(
    work: UnitOfWork, agreement_id: UUID, body: ReviewAgreement, version: int
) -> Agreement:
    """It goes on until the next review, says something else from now on, or ends."""
    agreement, _ = await owned(work, agreement_id, version)
    person = await acting(work, body.practitioner)
    act = rules.REVIEWING[body.outcome]
    if AgreementStatus(agreement.status) not in rules.REVIEWED:
        raise illegal(agreement)
    dated, changed = body.review_due is not None, body.content is not None
    raise_for(rules.review_refusal(body.outcome, dated=dated, changed=changed))
    answered = agreement.answered_on or london_date(agreement.drafted_at)
    check_day(body.held_on, answered, london_date(work.now), "/held_on")
    if body.review_due is not None:
        _set_review(work, agreement, body.review_due)
    if body.content is not None:
        _check_content(body.content, "/content")
        _say_anew(work, agreement, body.content, person)
    given = {"day": body.held_on, "review_due": body.review_due, "note": body.note}
    move(work, agreement, act, person, **given)
    work.record(events.REVIEWED, about(agreement), details={"outcome": body.outcome})
    if body.outcome is ReviewOutcome.END:
        work.record(events.ENDED, about(agreement))
    return agreement


async def replace_agreement(
    work: UnitOfWork, agreement_id: UUID, body: ReplaceAgreement, version: int
) -> Agreement:
    """Draws up another one. What is in force stays so until the other is signed, so that the
    family is never without; what is not, is replaced at once."""
    linked = await owned_with_linked(work, agreement_id, version)
    former = linked[agreement_id]
    author = await acting_person(work, body.author, "/author")
    check_legal(former, Act.REPLACE)
    pending = [each for each in linked.values() if each is not former and each.status in rules.OPEN]
    if pending:
        raise Conflict(
            "One agreement takes the place of one: change the draft, or end it first.",
            extra={"agreement_ids": [str(each.id) for each in pending]},
        )
    agreement = await _draw_up(
        work, former.family_id, body, author, replaces_id=former.id, reason=body.reason
    )
    if former.status == AgreementStatus.IN_FORCE:
        former.version += 1  # whoever replaces it or hands it over at this moment reads it again
    else:
        replace_former(work, former, author, body.reason)
    return agreement


def replace_former(work: UnitOfWork, former: Agreement, person: Person, why: str) -> None:
    move(work, former, Act.REPLACE, person, note=why)
    work.record(events.REPLACED, about(former))


async def end_agreement(
    work: UnitOfWork, agreement_id: UUID, body: EndAgreement, version: int
) -> Agreement:
    """For good, with the reason. Also on a record that is merged away."""
    agreement, _ = await owned(work, agreement_id, version, closing=True)
    person = await acting(work, body.practitioner)
    move(work, agreement, Act.END, person, note=body.reason)
    work.record(events.ENDED, about(agreement))
    return agreement


async def hand_over_agreement(
    work: UnitOfWork, agreement_id: UUID, body: HandOverAgreement, version: int
) -> Agreement:
    """To another involved agency, by a person, such as before the owner leaves. An agreement and
    the one that is to replace it stay in one hand. Also on a record that is merged away."""
    linked = await owned_with_linked(work, agreement_id, version, closing=True)
    agreement = linked[agreement_id]
    if work.actor.person is None:
        raise Forbidden
    if AgreementStatus(agreement.status) not in rules.OPEN:
        raise illegal(agreement)
    if body.agency_id == work.agency_id:
        raise Conflict("The agency answers for the agreement already.")
    if body.agency_id not in await involved_agencies(work, agreement.family_id):
        raise Invalid.field("/agency_id", "not_involved", "Only an involved agency takes it over.")
    handed = [each for each in linked.values() if each.status in rules.OPEN]
    for each in handed:
        each.version += 1
        _note_step(work, each, "hand_over", AgreementStatus(each.status), work.actor.person)
    await work.session.flush()  # as the owner that it still is
    for each in handed:
        each.agency_id = body.agency_id
        work.record(events.HANDED_OVER, about(each))
    return agreement


async def pass_to_lead(work: UnitOfWork, family_id: UUID) -> None:
    """The lead answers for the open agreements of an agency that others have ended."""
    for each in await queries.adopt_agreements(work, family_id):
        subject = Subject("agreement", each.id, family_id, each.version)
        work.record(events.HANDED_OVER, subject, to=each.recipients)


async def tell_joiner(work: UnitOfWork, family_id: UUID) -> list[dict[str, Any]]:
    """Who joins learns that there is one, and reads it itself: nothing for the answer."""
    for each in await queries.open_agreements(work, family_id):
        work.record(events.SHARED, about(each), to=[work.agency_id])
    return []


async def owned(
    work: UnitOfWork, agreement_id: UUID, version: int, *, closing: bool = False
) -> tuple[Agreement, dict[str, Any]]:
    """Locked, the caller's own, and as the caller last read it; with what it says."""
    linked = await owned_with_linked(work, agreement_id, version, closing=closing)
    found = await queries.read_agreement(work, agreement_id)
    return linked[agreement_id], found.content


async def owned_with_linked(
    work: UnitOfWork, agreement_id: UUID, version: int, *, closing: bool = False
) -> dict[UUID, Agreement]:
    """By id, with those that it replaces or that are to replace it. `closing` is allowed on a
    record that is merged away too: else its owner could never leave it."""
    found = await queries.read_agreement(work, agreement_id)
    access.check_owns(work.actor, found)
    await (hold_family if closing else check_open)(work, found.family_id)
    linked = {each.id: each for each in await queries.lock_own(work, found)}
    agreement = linked.get(agreement_id)
    if agreement is None or agreement.version != version:
        raise PreconditionFailed
    return linked


async def acting(work: UnitOfWork, named: NamedPractitioner | None) -> Person:
    return await acting_person(work, named, "/practitioner")


def illegal(agreement: Any) -> Conflict:
    """The refusal of an act that the agreement's status does not allow, naming those it does."""
    status = AgreementStatus(agreement.status)
    legal = [each.value for each in rules.legal_acts(status)]
    return Conflict(
        f"An agreement that is {status} does not allow this.",
        extra={"agreement_status": status, "legal_acts": legal},
    )


def check_legal(agreement: Agreement, act: Act) -> AgreementStatus:
    after = rules.after(act, AgreementStatus(agreement.status))
    if after is None:
        raise illegal(agreement)
    return after


def move(work: UnitOfWork, agreement: Agreement, act: Act, by: Person, **said: Any) -> None:
    """Raises Conflict where the act is not legal. `said` is what the step has to tell."""
    before, after = AgreementStatus(agreement.status), check_legal(agreement, act)
    agreement.status = after
    agreement.version += 1
    _note_step(work, agreement, act, before, by, **said)


def _note_step(
    work: UnitOfWork,
    agreement: Agreement,
    act: str,
    before: AgreementStatus | None,
    by: Person,
    **said: Any,
) -> None:
    work.add(
        AgreementStep(
            agreement_id=agreement.id,
            family_id=agreement.family_id,
            version=agreement.version,
            content_version=agreement.content_version,
            act=act,
            from_status=before,
            to_status=agreement.status,
            at=work.now,
            by_agency_id=work.agency_id,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
            **said,
        )
    )


def _say_anew(work: UnitOfWork, agreement: Agreement, content: ContentBody, by: Person) -> None:
    """Nobody has been given this content, nor answered it."""
    agreement.content_version += 1
    agreement.answered_on = None
    _add_version(work, agreement, content, by)


def _add_version(work: UnitOfWork, agreement: Agreement, content: ContentBody, by: Person) -> None:
    work.add(
        AgreementVersion(
            agreement_id=agreement.id,
            family_id=agreement.family_id,
            number=agreement.content_version,
            content=content.model_dump(mode="json"),
            at=work.now,
            by_id=by.id,
            by_name=by.name,
            by_job_title=by.job_title,
        )
    )


def _set_review(work: UnitOfWork, agreement: Agreement, review_due: date) -> None:
    """What the date already calls for is not announced on the day it is set."""
    today = london_date(work.now)
    months = work.runtime.settings.review_agreement_within_months
    if not today < review_due <= add_months(today, months):
        raise Invalid.field(
            "/review_due", "out_of_range", f"The review is due within the next {months} months."
        )
    agreement.review_due = review_due
    agreement.review_notices_sent = review_notices_due(review_due, today)


def _check_content(content: ContentBody, at: str) -> None:
    codes = [each.code for each in content.unacceptable_behaviours]
    raise_for(rules.behaviours_refusal(codes, f"{at}/unacceptable_behaviours"))
    consequences = [(each.code, each.rationale, each.note) for each in content.consequences]
    raise_for(rules.consequences_refusal(consequences, f"{at}/consequences"))


def check_day(day: date, earliest: date, latest: date, pointer: str) -> None:
    if not earliest <= day <= latest:
        raise Invalid.field(pointer, "out_of_range", f"Between {earliest} and {latest}.")
