"""The caller of a request: an agency's system, or a named practitioner through one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.access.roles import Permission, Role, permitted
from api.foundation.errors import NEEDS_A_PERSON, Forbidden
from api.foundation.names import plain_name


@dataclass(frozen=True)
class Named:
    """Somebody as a record names them; without an id, by a name that a system passed on."""

    id: UUID | None
    name: str

    def is_same_as(self, other: "Named") -> bool:
        """One person may hold two staff ids, or be known by name only, so names count as well: a
        namesake must find a colleague, which is the safe mistake."""
        same_id = self.id is not None and self.id == other.id
        return same_id or plain_name(self.name) == plain_name(other.name)


@dataclass(frozen=True)
class Person(Named):
    """A practitioner as Doorstep knows them."""

    job_title: str


@dataclass(frozen=True)
class Grant:
    """A break-glass of the caller that is open now."""

    id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class Actor:
    """`break_glass` holds the families that the person has opened. Reads that a break-glass opens
    look there; audiences and writes never do."""

    agency_id: UUID
    client_id: UUID
    roles: frozenset[Role]
    person: Person | None
    break_glass: Mapping[UUID, Grant] = field(default_factory=dict)

    @property
    def practitioner_id(self) -> UUID | None:
        return self.person.id if self.person else None

    def in_person(self) -> Person:
        """Who judges, and answers for it. Raises Forbidden where only a system speaks."""
        if self.person is None:
            raise Forbidden(NEEDS_A_PERSON)
        return self.person

    def may(self, permission: Permission) -> bool:
        return permitted(self.roles, permission)
