"""Writes on what passes between the agencies and the family: giving, signing, refusing."""

from datetime import date
from uuid import UUID

from api.agreements import events, queries, rules
from api.agreements.models import Agreement
from api.agreements.queries import about
from api.agreements.rules import Act, AgreementAnswer, AgreementStatus
from api.agreements.service import (
    EARLIEST,
    acting,
    check_day,
    check_legal,
    move,
    owned,
    owned_with_linked,
    replace_former,
)
from api.agreements.signing.schemas import GiveAgreement, SignAgreement
from api.families.queries import check_people
from api.foundation.calendar import london_date
from api.foundation.errors import raise_for
from api.journal.unit_of_work import UnitOfWork


async def give_agreement(
    work: UnitOfWork, agreement_id: UUID, body: GiveAgreement, version: int
) -> Agreement:
    """To one or more members of the family, in a form that they understand."""
    agreement, content = await owned(work, agreement_id, version)
    person = await acting(work, body.practitioner)
    check_legal(agreement, Act.GIVE)
    today = london_date(work.now)
    check_day(body.given_on, today - EARLIEST, today, "/given_on")
    await check_people(work, agreement.family_id, body.member_ids)
    raise_for(rules.giving_refusal(content["language"], body.language, body.formats))
    move(
        work,
        agreement,
        Act.GIVE,
        person,
        day=body.given_on,
        member_ids=body.member_ids,
        language=body.language,
        formats=body.formats,
    )
    work.record(events.GIVEN, about(agreement))
    return agreement


async def sign_agreement(
    work: UnitOfWork, agreement_id: UUID, body: SignAgreement, version: int
) -> Agreement:
    """Signed, or refused, by members to whom its present content was given. Once signed, it takes
    the place of the agreement that it replaces."""
    linked = await owned_with_linked(work, agreement_id, version)
    agreement = linked[agreement_id]
    person = await acting(work, body.practitioner)
    act = rules.ANSWERING[body.outcome]
    check_legal(agreement, act)
    today = london_date(work.now)
    check_day(body.on, today - EARLIEST, today, "/on")
    await check_people(work, agreement.family_id, body.member_ids)
    await _check_answer(work, agreement, body)
    before = agreement.status
    move(work, agreement, act, person, day=body.on, member_ids=body.member_ids, note=body.said)
    if agreement.status != before:
        agreement.answered_on = body.on
    work.record(
        events.SIGNED if body.outcome is AgreementAnswer.SIGNED else events.REFUSED,
        about(agreement),
    )
    former = linked.get(agreement.replaces_id) if agreement.replaces_id else None
    if agreement.status == AgreementStatus.IN_FORCE and former and former.status in rules.OPEN:
        replace_former(work, former, person, "Its replacement was signed.")
    return agreement


async def _check_answer(work: UnitOfWork, agreement: Agreement, body: SignAgreement) -> None:
    steps = (await queries.with_family(work, [agreement.id]))[agreement.id]
    given: dict[UUID, date] = {}
    signed: set[UUID] = set()
    for step in steps:
        for member in step.member_ids:
            if step.act == Act.GIVE:
                given[member] = min(step.day, given.get(member, step.day))
            if step.act == Act.SIGN:
                signed.add(member)
    raise_for(rules.answer_refusal(body.member_ids, body.on, given, signed))
