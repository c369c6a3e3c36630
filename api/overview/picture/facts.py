"""The facts that the picture is made of: dates, codes and ids, and nothing that anybody wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Incident:
    """`targets` are the agencies whose practitioners met it."""

    id: UUID
    day: date
    targets: frozenset[UUID]


@dataclass(frozen=True)
class Alert:
    """One in force. `subject` says whom or what it is about."""

    id: UUID
    agency_id: UUID
    since: date
    severity: str
    subject: str
    precautions: frozenset[str]


@dataclass(frozen=True)
class Contact:
    """What an agency recorded of its contact on a day."""

    id: UUID
    agency_id: UUID
    day: date
    at_home: bool
    took_place: bool
    child_seen: bool
    cooperative: bool


@dataclass(frozen=True)
class Withheld:
    """A service that is not given as it would be: an agency that cannot work with the family, or
    a consequence of a written agreement."""

    type: str
    id: UUID
    agency_id: UUID


@dataclass(frozen=True)
class Plan:
    """What the agencies go by: a written agreement in force, a current risk reduction plan, or a
    manager's decision."""

    type: str
    id: UUID


@dataclass(frozen=True)
class Facts:
    """Of one family, within the window, as one reader may read it."""

    today: date
    involved: frozenset[UUID]
    incidents: Sequence[Incident] = ()
    alerts: Sequence[Alert] = ()
    contacts: Sequence[Contact] = ()
    withheld: Sequence[Withheld] = ()
    plans: Sequence[Plan] = ()
