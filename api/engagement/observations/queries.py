"""How observations are found again: by agency, type and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement

from api.engagement.observations.models import EngagementObservation as Row


@dataclass(frozen=True)
class Asked:
    """Which observations: `until` is the last day, all of it included."""

    agency_id: UUID | None
    types: Sequence[str]
    since: date | None
    until: date | None

    def given(self) -> dict[str, str | int | list[str] | None]:
        """As it stands in the address of a page."""
        return {
            "agency_id": str(self.agency_id) if self.agency_id else None,
            "type": list(self.types),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.agency_id is not None:
            found.append(Row.agency_id == self.agency_id)
        if self.types:
            found.append(Row.type.in_(self.types))
        if self.since is not None:
            found.append(Row.observed_on >= self.since)
        if self.until is not None:
            found.append(Row.observed_on <= self.until)
        return found
