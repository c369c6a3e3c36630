"""Writes on reflections: writing one, and revising it."""

from uuid import UUID

from api.agencies.queries import acting_person
from api.engagement.privacy import seal
from api.engagement.reflections.access import check_wrote
from api.engagement.reflections.models import Reflection, ReflectionVersion
from api.engagement.reflections.queries import Row, get_reflection, lock_reflection, place_of
from api.engagement.reflections.rules import first_repeated
from api.engagement.reflections.schemas import ReviseReflection, WriteReflection
from api.families.service import check_open
from api.foundation.errors import Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork


def about(reflection: Reflection) -> Subject:
    return Subject("reflection", reflection.id, reflection.family_id, reflection.version)


async def write_reflection(work: UnitOfWork, family_id: UUID, body: WriteReflection) -> Row:
    """By a practitioner in person, about their own work."""
    await check_open(work, family_id)
    person = await acting_person(work, None, "")
    _check_answers(body)
    reflection = Reflection(
        id=new_id(),
        family_id=family_id,
        agency_id=work.agency_id,
        author_id=person.id,
        author_name=person.name,
        author_job_title=person.job_title,
        written_at=work.now,
        version=1,
    )
    work.add(reflection)
    await work.session.flush()  # its version refers to it
    work.note("reflection.written", about(reflection))
    return reflection, _add_version(work, reflection, body)


async def revise_reflection(
    work: UnitOfWork, reflection_id: UUID, body: ReviseReflection, version: int
) -> Row:
    """By its author alone. What was written before is kept."""
    found, _ = await get_reflection(work, reflection_id)
    check_wrote(work.actor, found)
    await check_open(work, found.family_id)
    reflection = await lock_reflection(work, reflection_id)
    if reflection.version != version:
        raise PreconditionFailed
    _check_answers(body)
    reflection.version += 1
    work.note("reflection.revised", about(reflection))
    return reflection, _add_version(work, reflection, body)


def _check_answers(body: WriteReflection) -> None:
    """Raises Invalid for what is answered twice."""
    for name, answered in (("signs", body.signs), ("questions", body.questions)):
        again = first_repeated([each.code for each in answered])
        if again is not None:
            raise Invalid.field(f"/{name}/{again}/code", "repeated", "It is answered twice.")


def _add_version(
    work: UnitOfWork, reflection: Reflection, body: WriteReflection
) -> ReflectionVersion:
    place = place_of(reflection.id, reflection.version)
    added = ReflectionVersion(
        reflection_id=reflection.id,
        number=reflection.version,
        family_id=reflection.family_id,
        at=work.now,
        sealed_content=seal(work.runtime.keyring, body.model_dump(), place),
    )
    work.add(added)
    return added
