"""Writes that the parts share: recording, correcting, resolving, and keeping what stood before."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person, unknown_agencies
from api.agencies.schemas import NamedPractitioner
from api.engagement import access, queries
from api.engagement.models import EngagementVersion, Recorded, Resolvable
from api.engagement.rules import Problem, day_problem
from api.engagement.schemas import Resolve
from api.families.models import Member
from api.families.queries import hold_family, involved_agencies
from api.foundation.calendar import london_date
from api.foundation.errors import Conflict, Invalid
from api.foundation.ids import new_id
from api.foundation.schemas import ResponseBody
from api.journal.event_types import EventType
from api.journal.unit_of_work import Subject, UnitOfWork

Row = TypeVar("Row", bound=Recorded)

# What stands around the content of every record, and no correction changes.
AROUND = {"id", "family_id", "recorded_by", "resolved", "created_at", "version"}


@dataclass(frozen=True)
class Kind:
    """What is recorded: the name of the resource, its table, its news, and how it is shown."""

    name: str
    model: type[Recorded]
    recorded: EventType
    corrected: EventType
    shown: Callable[[Any], ResponseBody]

    def about(self, row: Recorded) -> Subject:
        return Subject(self.name, row.id, row.family_id, row.version)

    def content(self, row: Recorded) -> dict[str, Any]:
        """What it says, as its readers see it: what a correction changes."""
        return self.shown(row).model_dump(mode="json", exclude=AROUND)


def check(problems: Iterable[Problem | None], at: str = "") -> None:
    """Raises Invalid for the first of them, which is in the part of the body that `at` names."""
    for each in problems:
        if each is not None:
            raise Invalid.field(f"{at}/{each.field}", each.code, each.detail)


async def check_member(
    work: UnitOfWork, family_id: UUID, member_id: UUID, pointer: str, *, child: bool = False
) -> None:
    """Raises Invalid for who is no member of this family, or is no child of it."""
    member = await work.session.get(Member, member_id)
    if member is None or member.family_id != family_id:
        raise Invalid.field(pointer, "unknown_member", "Not a member of this family.")
    if child and member.kind == "adult":
        raise Invalid.field(pointer, "not_a_child", "Not a child of this family.")


async def check_involved(work: UnitOfWork, family_id: UUID, agency_id: UUID, pointer: str) -> None:
    """Raises Invalid for an agency that is not involved with the family now."""
    if agency_id not in await involved_agencies(work, family_id):
        raise Invalid.field(pointer, "not_involved", "Not an agency that is involved.")


async def check_known(work: UnitOfWork, agency_id: UUID, pointer: str) -> None:
    """Raises Invalid for what is no agency of the partnership."""
    if await unknown_agencies(work, [agency_id]):
        raise Invalid.field(pointer, "unknown_agency", "Not an agency of the partnership.")


async def record(
    work: UnitOfWork,
    kind: Kind,
    family_id: UUID,
    content: Mapping[str, Any],
    named: NamedPractitioner | None,
) -> Any:
    """On a family that the caller has held open (`check_open`)."""
    person = await acting_person(work, named, "/practitioner")
    row = kind.model(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        practitioner_id=person.id,
        practitioner_name=person.name,
        practitioner_job_title=person.job_title,
        version=1,
        created_at=work.now,
        **content,
    )
    work.add(row)
    work.record(kind.recorded, kind.about(row))
    return row


async def begin_correction(work: UnitOfWork, model: type[Row], row_id: UUID, version: int) -> Row:
    """The row, which the caller's agency recorded, locked as it was last read. Also on a record
    that is merged away: what stands there is read with the survivor. Raises NotFound, Forbidden
    or PreconditionFailed."""
    row = await queries.find(work, model, row_id)
    await hold_family(work, row.family_id)
    access.check_owns(work.actor, row)
    await queries.lock(work, row, version)
    return row


async def correct(
    work: UnitOfWork,
    kind: Kind,
    row: Recorded,
    content: Mapping[str, Any],
    reason: str,
    named: NamedPractitioner | None,
) -> None:
    """What stood there before is kept, with the reason and who corrected it."""
    person = await acting_person(work, named, "/practitioner")
    work.add(version_before(work, kind.about(row), kind.content(row), person, reason))
    for name, value in content.items():
        setattr(row, name, value)
    row.version += 1
    work.record(kind.corrected, kind.about(row))


def version_before(
    work: UnitOfWork,
    subject: Subject,
    content: Mapping[str, Any],
    person: Person,
    reason: str | None = None,
) -> EngagementVersion:
    """Of what the subject said until now."""
    return EngagementVersion(
        id=new_id(),
        family_id=subject.family_id,
        resource_type=subject.type,
        resource_id=subject.id,
        number=subject.version,
        content=dict(content),
        replaced_at=work.now,
        agency_id=work.agency_id,
        practitioner_id=person.id,
        practitioner_name=person.name,
        practitioner_job_title=person.job_title,
        reason=reason,
    )


async def resolve(
    work: UnitOfWork,
    model: type[Resolvable],
    row_id: UUID,
    body: Resolve,
    version: int,
) -> Any:
    """By the agency that recorded it; once it has left the family, by any that is involved. Also
    on a record that is merged away. Raises Conflict for what is resolved already."""
    row = await queries.find(work, model, row_id)
    await hold_family(work, row.family_id)
    owner_involved = row.agency_id in await involved_agencies(work, row.family_id)
    access.check_may_resolve(work.actor, row, owner_involved=owner_involved)
    await queries.lock(work, row, version)
    if row.resolved_on is not None:
        raise Conflict("It is resolved already.")
    today, since = london_date(work.now), getattr(row, row.DAY)
    check([day_problem("resolved_on", body.resolved_on, today, not_before=since)])
    person = await acting_person(work, body.practitioner, "/practitioner")
    row.resolved_on, row.resolved_how, row.resolved_at = body.resolved_on, body.how, work.now
    row.resolved_by_agency_id, row.resolved_by_id = work.agency_id, person.id
    row.resolved_by_name, row.resolved_by_job_title = person.name, person.job_title
    row.version += 1
    return row
