"""Reads of reflections. All start from `readable_to`."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from api.engagement.privacy import unseal
from api.engagement.reflections.access import readable_to
from api.engagement.reflections.models import Reflection, ReflectionVersion
from api.engagement.reflections.schemas import ReflectionResponse, ReflectionVersionResponse
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.foundation.sealing import row_of
from api.journal.unit_of_work import UnitOfWork

Row = tuple[Reflection, ReflectionVersion]


def place_of(reflection_id: UUID, number: int) -> str:
    """What a version is sealed for."""
    return row_of(ReflectionVersion.sealed_content, reflection_id=reflection_id, number=number)


def _versions(work: UnitOfWork) -> Select[*Row]:
    return (
        select(Reflection, ReflectionVersion)
        .join(ReflectionVersion, ReflectionVersion.reflection_id == Reflection.id)
        .where(readable_to(work.actor))
    )


def _latest(work: UnitOfWork) -> Select[*Row]:
    return _versions(work).where(ReflectionVersion.number == Reflection.version)


async def lock_reflection(work: UnitOfWork, reflection_id: UUID) -> Reflection:
    """Until the commit. Raises NotFound."""
    found: Reflection | None = await work.session.scalar(
        select(Reflection)
        .where(Reflection.id == reflection_id, readable_to(work.actor))
        .with_for_update(of=Reflection)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def get_reflection(work: UnitOfWork, reflection_id: UUID) -> Row:
    """With its latest version. Raises NotFound."""
    found = await work.session.execute(_latest(work).where(Reflection.id == reflection_id))
    row = found.first()
    if row is None:
        raise NotFound
    return row[0], row[1]


async def list_reflections(
    work: UnitOfWork, family_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """Newest first, each with its latest version."""
    query = (
        _latest(work)
        .where(Reflection.family_id == family_id)
        .order_by(Reflection.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(Reflection.id < UUID(str(cursors.read(cursor)[0])))
    rows: list[Row] = [(row[0], row[1]) for row in await work.session.execute(query)]
    more = cursors.make(str(rows[limit - 1][0].id)) if len(rows) > limit else None
    return rows[:limit], more


async def list_versions(
    work: UnitOfWork, reflection_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """The latest first. Raises NotFound for a reflection that the caller does not read."""
    query = (
        _versions(work)
        .where(Reflection.id == reflection_id)
        .order_by(ReflectionVersion.number.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(ReflectionVersion.number < int(cursors.read(cursor)[0]))
    rows: list[Row] = [(row[0], row[1]) for row in await work.session.execute(query)]
    if not rows:
        raise NotFound
    more = cursors.make(rows[limit - 1][1].number) if len(rows) > limit else None
    return rows[:limit], more


def version_body(work: UnitOfWork, version: ReflectionVersion) -> ReflectionVersionResponse:
    return ReflectionVersionResponse.model_validate(_content(work, version))


def reflection_body(
    work: UnitOfWork, reflection: Reflection, version: ReflectionVersion
) -> ReflectionResponse:
    plain = ("id", "family_id", "agency_id", "written_at")
    return ReflectionResponse.model_validate(
        {
            **{name: getattr(reflection, name) for name in plain},
            "written_by": {
                "name": reflection.author_name,
                "job_title": reflection.author_job_title,
            },
            **_content(work, version),
        }
    )


def _content(work: UnitOfWork, version: ReflectionVersion) -> dict[str, Any]:
    place = place_of(version.reflection_id, version.number)
    content = unseal(work.runtime.keyring, version.sealed_content, place)
    return {"version": version.number, "at": version.at, **content}
