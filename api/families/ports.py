"""What families asks of the domains above it, which register themselves here."""

from collections.abc import Awaitable, Callable
from typing import Any, TypedDict
from uuid import UUID

from api.journal.unit_of_work import UnitOfWork


class Duty(TypedDict):
    """Something a leaving agency must hand over or close first."""

    type: str
    id: UUID


tell_joiner: list[Callable[[UnitOfWork, UUID], Awaitable[list[dict[str, Any]]]]] = []
"""Called when an agency has joined: tells it of what is live, and returns it for the answer."""

pass_to_lead: list[Callable[[UnitOfWork, UUID], Awaitable[None]]] = []
"""Called when others have ended an agency's involvement: what it answered for goes to the lead."""

duties_of: list[Callable[[UnitOfWork, UUID], Awaitable[list[Duty]]]] = []
"""Called when an agency wants to leave: what it still owes."""

moved: list[Callable[[UnitOfWork, UUID], Awaitable[None]]] = []
"""Called when an address of the family was added or has ended: it may have moved. Of one whose end
is known ahead, the worker asks the door `pass_departures` when the day has passed."""
