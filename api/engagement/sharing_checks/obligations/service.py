"""Writes on obligations to share: opening and discharging."""

from uuid import UUID

from api.access.actor import Person
from api.access.roles import Role
from api.agencies.queries import acting_person
from api.alerts.queries import fellow_readers
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations import events, queries, rules
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.engagement.sharing_checks.obligations.rules import Discharge, ObligationStatus
from api.engagement.sharing_checks.obligations.schemas import DischargeObligation
from api.families.queries import hold_family
from api.foundation.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork


class RecipientsNotReached(Conflict):
    """Not every agency that must be told is reached by this; `not_reached` lists the others."""

    code, title = "recipients_not_reached", "Not everybody is told by this"


def about(obligation: SharingObligation) -> Subject:
    version = obligation.version
    return Subject("sharing_obligation", obligation.id, obligation.family_id, version)


async def open_obligation(work: UnitOfWork, check: SharingCheck) -> SharingObligation:
    """Owed to everybody else who is involved. Of a family that nobody else is involved with it is
    opened all the same: who joins must be told, and the clock starts then."""
    owed = (await queries.owed_to(work, [check.family_id]))[check.family_id]
    hours = work.runtime.settings.discharge_obligation_hours
    obligation = SharingObligation(
        id=new_id(),
        check_id=check.id,
        family_id=check.family_id,
        agency_id=work.agency_id,
        recipients=owed,
        status=ObligationStatus.OPEN,
        opened_at=work.now,
        due_at=rules.due_at(work.now, owed, hours),
        version=1,
    )
    work.add(obligation)
    if owed:
        work.record(events.OBLIGED, about(obligation))
    else:
        work.note("sharing_check.obligation_opened", about(obligation))
    return obligation


async def discharge_obligation(
    work: UnitOfWork, obligation_id: UUID, body: DischargeObligation, version: int
) -> tuple[SharingObligation, list[UUID]]:
    """Whole or not at all. Also on a record that is merged away, where what stands is still to be
    shared with its readers: by what stands on its survivor, too."""
    person = await acting_person(work, None, "")
    found = await queries.get_obligation(work, obligation_id)
    survivor = await hold_family(work, found.family_id)  # nobody joins or leaves meanwhile
    obligation = await queries.get_obligation(work, obligation_id, lock=True)
    if obligation.version != version:
        raise PreconditionFailed
    if obligation.status != ObligationStatus.OPEN:
        raise Conflict("It is discharged already.", extra={"obligation_status": obligation.status})
    owed = (await queries.owed_to(work, [obligation.family_id]))[obligation.family_id]
    records = [obligation.family_id, *([survivor] if survivor else [])]
    if body.reason is not None:
        await _check_manager(work, obligation, person)
    await _check_met(work, body, records, owed)
    obligation.status = ObligationStatus.DISCHARGED
    obligation.discharged_by = body.by
    obligation.alert_id, obligation.incident_id = body.alert_id, body.incident_id
    obligation.reason = body.reason
    obligation.told = [] if body.by is Discharge.REASON else owed
    obligation.discharged_at = work.now
    obligation.discharger_name, obligation.discharger_job_title = person.name, person.job_title
    obligation.version += 1
    work.record(events.DISCHARGED, about(obligation), details={"by": body.by})
    return obligation, owed


async def _check_met(
    work: UnitOfWork, body: DischargeObligation, records: list[UUID], owed: list[UUID]
) -> None:
    """Raises Invalid for what is not the agency's own on these records; RecipientsNotReached."""
    if body.alert_id is not None:
        if await queries.own_live_alert(work, body.alert_id, records) is None:
            raise Invalid.field(
                "/alert_id", "unknown_alert", "No live alert of the agency's own on this family."
            )
        _check_reached(owed, await fellow_readers(work, body.alert_id))
    if body.incident_id is not None:
        if await queries.own_incident(work, body.incident_id, records) is None:
            raise Invalid.field(
                "/incident_id", "unknown_incident", "No incident of the agency's own here."
            )
        _check_reached(owed, await queries.shared_with(work, body.incident_id))


async def _check_manager(work: UnitOfWork, obligation: SharingObligation, person: Person) -> None:
    """Who did not answer the questions: nobody decides alone that it is not shared."""
    if Role.MANAGER not in work.actor.roles:
        raise Forbidden
    answered = await queries.answerer_of(work, obligation)
    refusal = rules.reason_refusal(person, answered)
    if refusal is not None:
        raise Conflict(refusal)


def _check_reached(owed: list[UUID], reached: set[UUID]) -> None:
    missing = rules.not_reached(owed, reached)
    if missing:
        raise RecipientsNotReached(extra={"not_reached": [str(each) for each in missing]})
