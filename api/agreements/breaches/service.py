"""Writes on breaches: recording one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.agreements import events, rules
from api.agreements.breaches import queries
from api.agreements.breaches.models import AgreementBreach, BreachIncident
from api.agreements.breaches.schemas import RecordBreach
from api.agreements.queries import about, read_agreement
from api.agreements.rules import AgreementStatus
from api.agreements.service import acting, check_day, illegal
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.foundation.errors import Invalid, raise_for
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork


async def record_breach(
    work: UnitOfWork, agreement_id: UUID, body: RecordBreach
) -> AgreementBreach:
    """By any involved agency, of an agreement in force. All are told, the owner with them; no
    event and no entry of the audit says whether incidents are linked."""
    agreement = await read_agreement(work, agreement_id)
    await check_open(work, agreement.family_id)
    if agreement.status != AgreementStatus.IN_FORCE:
        raise illegal(agreement)
    person = await acting(work, body.practitioner)
    check_day(body.occurred_on, agreement.answered_on, london_date(work.now), "/occurred_on")
    _check_agreed(agreement.content, body)
    await _check_incidents(work, agreement.family_id, body.incident_ids)
    breach = AgreementBreach(
        id=new_id(),
        agreement_id=agreement.id,
        family_id=agreement.family_id,
        agency_id=work.agency_id,
        content_version=agreement.content_version,
        occurred_on=body.occurred_on,
        behaviours=[each.model_dump() for each in body.behaviours],
        said=body.said,
        applied=body.consequence.applied,
        why_not=body.consequence.why_not,
        recorded_at=work.now,
        by_id=person.id,
        by_name=person.name,
        by_job_title=person.job_title,
    )
    work.add(breach)
    await work.session.flush()  # the links refer to it
    given = {"breach_id": breach.id, "family_id": breach.family_id}
    work.add(*(BreachIncident(**given, incident_id=each) for each in body.incident_ids))
    work.record(events.BREACHED, about(agreement))
    return breach


def _check_agreed(content: dict[str, Any], body: RecordBreach) -> None:
    codes = [each.code for each in body.behaviours]
    agreed = {each["code"] for each in content["unacceptable_behaviours"]}
    told_of = {each["code"] for each in content["consequences"]}
    raise_for(rules.breach_refusal(codes, body.consequence.applied, agreed, told_of))


async def _check_incidents(work: UnitOfWork, family_id: UUID, ids: Sequence[UUID]) -> None:
    """An incident that the caller does not read is refused as one that does not exist."""
    repeated = rules.first_repeated(ids)
    if repeated is not None:
        raise Invalid.field(f"/incident_ids/{repeated}", "repeated", "It is named twice.")
    known = await queries.linkable(work, family_id, ids)
    for place, each in enumerate(ids):
        if each not in known:
            raise Invalid.field(
                f"/incident_ids/{place}", "unknown_incident", "No such incident on this family."
            )
