"""What stands in a family's chronology: every domain says in its `chronology.py` what of its
records does, and `overview` reads them all as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, Uuid, cast, literal, null, select

from api.journal.event_types import Column


@dataclass(frozen=True)
class Source:
    """One kind of entry, or several that come of the same rows: `types`, each with its meaning.

    `rows` has the columns of `entries`, starts from the domain's `readable_by(CALLER)`, and is
    narrowed to the family by whoever reads it. `url` is where the caller reads more, made of
    `family_id` and `resource_id`."""

    types: Mapping[str, str]
    url: str
    rows: Select[Any]


def _spelled(value: Column | str) -> Any:
    return literal(value, Text) if isinstance(value, str) else value


def entries(
    *,
    at: Column,
    id: Column,  # noqa: A002 (it is the column's name)
    family_id: Column,
    type: Column | str,  # noqa: A002 (the same)
    resource_type: Column | str,
    resource_id: Column,
    agency_id: Column | None = None,
    name: Column | None = None,
    job_title: Column | None = None,
    note: Column | None = None,
) -> Select[Any]:
    """The columns that every source has. `id` names the entry among those of one moment and
    type; the agency, the person and the note are null where none is on record."""

    def text(value: Column | None) -> ColumnElement[Any]:
        return cast(null() if value is None else value, Text)

    return select(
        at.label("at"),
        id.label("id"),
        family_id.label("family_id"),
        _spelled(type).label("type"),
        _spelled(resource_type).label("resource_type"),
        resource_id.label("resource_id"),
        cast(null() if agency_id is None else agency_id, Uuid).label("agency_id"),
        text(name).label("name"),
        text(job_title).label("job_title"),
        text(note).label("note"),
    )
