"""What of meetings stands in a family's chronology, for those invited: every step of each but for
who was invited when."""

from sqlalchemy import Text, any_, case, literal
from sqlalchemy.dialects.postgresql import ARRAY

from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER
from api.meetings.access import readable_by
from api.meetings.models import Meeting, MeetingStep
from api.meetings.rules import Act

# What was done, by what the chronology calls it.
_DONE = {
    Act.SCHEDULE: ("meeting.scheduled", "A meeting was called."),
    Act.MOVE: ("meeting.moved", "It was put at another time or place; the note says why."),
    Act.CANCEL: ("meeting.cancelled", "It will not be held; the note says why."),
    Act.HOLD: ("meeting.held", "Its chair noted that it was held."),
    Act.HAND_OVER: ("meeting.handed_over", "Another person chairs it; the note says why."),
    Act.RECORD: ("meeting.recorded", "Its outcome was put on record."),
    Act.AMEND: ("meeting.amended", "The record of the outcome was amended; the note says why."),
}

_STEPS = (
    entries(
        at=MeetingStep.at,
        id=MeetingStep.id,
        family_id=MeetingStep.family_id,
        type=case(
            *((MeetingStep.act == act, literal(name, Text)) for act, (name, _) in _DONE.items())
        ),
        resource_type="meeting",
        resource_id=MeetingStep.meeting_id,
        agency_id=MeetingStep.by_agency_id,
        name=MeetingStep.by_name,
        job_title=MeetingStep.by_job_title,
        note=MeetingStep.note,
    )
    .join(Meeting, Meeting.id == MeetingStep.meeting_id)
    .where(readable_by(CALLER), MeetingStep.act == any_(literal(list(_DONE), ARRAY(Text))))
)

SOURCES = (Source(dict(_DONE.values()), "/v1/meetings/{resource_id}", _STEPS),)
