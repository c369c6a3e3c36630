"""Event types and who may be told: every domain declares its own in its `events.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, false, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Expression = Column | UUID


def expression(given: Expression) -> Column:
    """An id as a part of a statement; a column as it is."""
    return literal(given, Uuid) if isinstance(given, UUID) else given


class Entitlement(StrEnum):
    """What makes an agency a recipient, checked again at every feed read and delivery attempt."""

    READABLE = "readable"  # while it may read the resource; else a content-free tombstone
    RECEIPT = "receipt"  # once told, always told of the end: content-free when unreadable
    OWN = "own"  # the agency's own affairs, addressed to it by name


@dataclass(frozen=True)
class Receipt:
    """How a receipt is put to who may no longer read the resource: under another name, that says
    no more than it must, and with the place where it is acknowledged."""

    name: str
    path: str


@dataclass(frozen=True)
class EventType:
    """`name` is `subject.verb_past`; `description` is what the documentation says of it."""

    name: str
    resource: str
    entitlement: Entitlement
    description: str
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Resource:
    """A kind of resource that events are about: where it is read, if anywhere by its id, and the
    domain's predicate "this agency may read the resource of this id", in both directions. What is
    `recallable` may be taken back: so it is kept which agency was ever shown it. What is `private`
    is for some people of an agency only: to no other is it shown that anybody read it. The id
    stands at the end of the path, or in the place of `{id}` where it is its family's."""

    name: str
    path: str | None
    readable: Callable[[Expression, Expression], ColumnElement[bool]]
    recallable: bool = False
    private: bool = False

    def address(self, resource_id: UUID) -> str | None:
        """Where the one of this id is read."""
        if self.path is None:
            return None
        if "{id}" in self.path:
            return self.path.format(id=resource_id)
        return f"{self.path}/{resource_id}"


EVENT_TYPES: dict[str, EventType] = {}
RESOURCES: dict[str, Resource] = {}


def declare(
    name: str,
    resource: str,
    entitlement: Entitlement,
    description: str,
    *,
    receipt: Receipt | None = None,
) -> EventType:
    if name in EVENT_TYPES:
        raise ValueError(f"{name} is declared twice")
    EVENT_TYPES[name] = EventType(name, resource, entitlement, description, receipt)
    return EVENT_TYPES[name]


def register(resource: Resource) -> None:
    """Registers the port through which the journal asks a higher domain who may read."""
    RESOURCES[resource.name] = resource


def never(_agency: Expression, _resource: Expression) -> ColumnElement[bool]:
    """For resources that only ever concern one agency and are told by name."""
    return false()


def names_with(entitlement: Entitlement) -> list[str]:
    return [each.name for each in EVENT_TYPES.values() if each.entitlement is entitlement]


def readable_now(
    agency: Expression,
    event_type: Column,
    resource_type: Column,
    resource_id: Column,
) -> ColumnElement[bool]:
    """Whether the agency may see the whole of an event, at the moment the query runs. Of what is
    private there are no events: the worker, which asks this too, cannot see into it."""
    own = event_type.in_([literal(name) for name in names_with(Entitlement.OWN)])
    return or_(
        own,
        *(
            and_(resource_type == each.name, each.readable(agency, resource_id))
            for each in RESOURCES.values()
            if not each.private
        ),
    )
