"""What of merging stands in a family's chronology: that the record became one with another, and
that it was parted from it again.

A merge itself is for the two leads, who give its reasons to each other. Everybody involved with
either record is told of what it did, of the record that they read; so this is made of the audit.
"""

from sqlalchemy import ARRAY, Text, any_, literal

from api.families import events
from api.families.access import readable_by
from api.families.models import Family
from api.journal.chronology import Source, entries
from api.journal.models import AuditEntry
from api.journal.unit_of_work import CALLER

_MEANINGS = {
    events.MERGED.name: "This record and another are one family from now on.",
    events.MERGE_UNDONE.name: "They are two families again.",
}

# Neither the agency nor the person: either may be of the other record, which is not shown here.
_MERGES = (
    entries(
        at=AuditEntry.recorded_at,
        id=AuditEntry.id,
        family_id=AuditEntry.family_id,
        type=AuditEntry.action,
        resource_type="family",
        resource_id=AuditEntry.family_id,
    )
    .join(Family, Family.id == AuditEntry.family_id)
    .where(
        readable_by(CALLER),
        AuditEntry.outcome == "allowed",
        AuditEntry.action == any_(literal(sorted(_MEANINGS), ARRAY(Text))),
    )
)

SOURCES = (Source(_MEANINGS, "/v1/families/{family_id}", _MERGES),)
