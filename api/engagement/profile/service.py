"""Changes of an engagement profile. Every version is kept."""

from typing import Any
from uuid import UUID

from api.agencies.queries import acting_person
from api.engagement import service
from api.engagement.profile import events, rules
from api.engagement.profile.access import NAME
from api.engagement.profile.models import EngagementProfile
from api.engagement.profile.queries import lock_profile
from api.engagement.profile.schemas import ChangeProfile
from api.families.service import check_open
from api.foundation.calendar import london_date
from api.journal.unit_of_work import Subject, UnitOfWork


def about(row: EngagementProfile) -> Subject:
    return Subject(NAME, row.family_id, row.family_id, row.version)


async def change_profile(
    work: UnitOfWork, family_id: UUID, body: ChangeProfile, version: int
) -> EngagementProfile:
    """By any agency that is involved."""
    await check_open(work, family_id)
    row = await lock_profile(work, family_id, version)
    before = {name: getattr(row, name) for name in row.PARTS}
    service.check(rules.problems(body, london_date(work.now)))
    given: dict[str, Any] = body.model_dump(mode="json", include=body.named)
    service.check([rules.untold(before | given)])
    await _check_others(work, family_id, body)
    person = await acting_person(work, body.practitioner, "/practitioner")
    work.add(service.version_before(work, about(row), before, person))
    for name, part in given.items():
        setattr(row, name, part)
    row.version += 1
    row.changed_at, row.agency_id = work.now, work.agency_id
    row.practitioner_id, row.practitioner_name = person.id, person.name
    row.practitioner_job_title = person.job_title
    work.record(events.CHANGED, about(row), details={"parts": sorted(body.named)})
    return row


async def _check_others(work: UnitOfWork, family_id: UUID, body: ChangeProfile) -> None:
    """Raises Invalid for members and agencies that the profile cannot name."""
    early, told = body.early_help_assessment, body.told_of_recording
    lead, trusted = body.lead_practitioner, body.trusted_person
    if early is not None and early.agency_id is not None:
        await service.check_known(work, early.agency_id, "/early_help_assessment/agency_id")
    if told is not None:
        await service.check_known(work, told.agency_id, "/told_of_recording/agency_id")
    if lead is not None and lead.agency_id is not None:
        pointer = "/lead_practitioner/agency_id"
        await service.check_involved(work, family_id, lead.agency_id, pointer)
    if trusted is not None and trusted.member_id is not None:
        pointer = "/trusted_person/member_id"
        await service.check_member(work, family_id, trusted.member_id, pointer)
