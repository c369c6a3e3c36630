"""What of exclusions stands in a family's chronology: each decision of a chair."""

from api.agencies.models import Practitioner
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER
from api.meetings.exclusions.access import readable_by
from api.meetings.exclusions.models import MeetingExclusion

_DECIDED = (
    entries(
        at=MeetingExclusion.decided_at,
        id=MeetingExclusion.id,
        family_id=MeetingExclusion.family_id,
        type="meeting.exclusion_decided",
        resource_type="meeting",
        resource_id=MeetingExclusion.meeting_id,
        agency_id=Practitioner.agency_id,
        name=MeetingExclusion.decided_by_name,
        job_title=MeetingExclusion.decided_by_job_title,
        note=MeetingExclusion.reasons,
    )
    .join(Practitioner, Practitioner.id == MeetingExclusion.decided_by_id)
    .where(readable_by(CALLER), MeetingExclusion.decided_at.is_not(None))
)

SOURCES = (
    Source(
        {
            "meeting.exclusion_decided": "The chair decided whether somebody of the family takes "
            "part; the note says why."
        },
        "/v1/meetings/{resource_id}/exclusions",
        _DECIDED,
    ),
)
