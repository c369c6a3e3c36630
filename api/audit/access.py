"""Who may read which entries of the audit: each agency its own."""

from sqlalchemy import ColumnElement

from api.journal.event_types import Expression
from api.journal.models import AuditEntry


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """What was done, read or refused in the name of this agency. The database may show a caller
    more (who read a family it is involved with): that is another question."""
    return AuditEntry.agency_id == agency
