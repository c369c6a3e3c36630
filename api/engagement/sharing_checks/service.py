"""Writes on sharing checks: answering one, and what it obliges to."""

from uuid import UUID

from sqlalchemy import select

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.engagement.privacy import seal
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.engagement.sharing_checks.obligations.service import open_obligation
from api.engagement.sharing_checks.rules import Question, circumstances_refusal, obliges
from api.engagement.sharing_checks.schemas import AnswerSharingCheck
from api.families.models import Member
from api.families.service import check_open
from api.foundation.errors import Invalid
from api.foundation.ids import new_id
from api.foundation.sealing import row_of
from api.journal.unit_of_work import Subject, UnitOfWork


def about(check_id: UUID, family_id: UUID) -> Subject:
    return Subject("sharing_check", check_id, family_id)


async def answer_check(
    work: UnitOfWork, family_id: UUID, body: AnswerSharingCheck
) -> tuple[SharingCheck, SharingObligation | None]:
    """By a practitioner in person. With any yes, an obligation to share is opened."""
    await check_open(work, family_id)
    person = await acting_person(work, None, "")
    refusal = circumstances_refusal(body.answers.experienced_hostility, body.circumstances)
    if refusal is not None:
        raise Invalid.field("/circumstances", *refusal)
    await _check_adult(work, family_id, body.adult.member_id)
    check = _made(work, family_id, body, person)
    work.add(check)
    await work.session.flush()  # the obligation refers to it
    work.note("sharing_check.answered", about(check.id, family_id))
    answers = {question: getattr(body.answers, question) for question in Question}
    obligation = await open_obligation(work, check) if obliges(answers) else None
    return check, obligation


async def _check_adult(work: UnitOfWork, family_id: UUID, member_id: UUID | None) -> None:
    """Raises Invalid for who is not on this record, or is no adult."""
    if member_id is None:
        return
    kind = await work.session.scalar(
        select(Member.kind).where(Member.id == member_id, Member.family_id == family_id)
    )
    if kind is None:
        raise Invalid.field("/adult/member_id", "unknown_member", "Nobody on this family's record.")
    if kind != "adult":
        raise Invalid.field("/adult/member_id", "not_an_adult", "The questions are of an adult.")


def _made(
    work: UnitOfWork, family_id: UUID, body: AnswerSharingCheck, person: Person
) -> SharingCheck:
    check_id = new_id()
    row = row_of(SharingCheck.sealed_content, id=check_id)
    content = {
        "description": body.adult.description,
        "answers": body.answers.model_dump(),
        "circumstances": body.circumstances,
        "note": body.note,
    }
    return SharingCheck(
        id=check_id,
        family_id=family_id,
        agency_id=work.agency_id,
        author_id=person.id,
        author_name=person.name,
        author_job_title=person.job_title,
        member_id=body.adult.member_id,
        sealed_content=seal(work.runtime.keyring, content, row),
        answered_at=work.now,
    )
