"""The caller of a request: an agency's system, or a named practitioner through one."""

from dataclasses import dataclass
from uuid import UUID

from api.access.roles import Permission, Role, permitted


@dataclass(frozen=True)
class Person:
    """A practitioner as Doorstep knows them; without an id only a name that a system passed on."""

    id: UUID | None
    name: str
    job_title: str


@dataclass(frozen=True)
class Actor:
    agency_id: UUID
    client_id: UUID
    roles: frozenset[Role]
    person: Person | None

    @property
    def practitioner_id(self) -> UUID | None:
        return self.person.id if self.person else None

    def may(self, permission: Permission) -> bool:
        return permitted(self.roles, permission)
