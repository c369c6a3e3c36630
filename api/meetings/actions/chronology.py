"""What of actions stands in a family's chronology: every step, for those who read the action."""

from sqlalchemy import Text, case, literal

from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER
from api.meetings.actions.access import readable_by
from api.meetings.actions.models import ActionStep, MeetingAction
from api.meetings.actions.rules import ActionAct

# What was done, by what the chronology calls it.
_DONE = {
    ActionAct.ASSIGN: ("action.assigned", "A meeting asked something of an agency."),
    ActionAct.ACCEPT: ("action.accepted", "Its owner accepted the action."),
    ActionAct.COMPLETE: ("action.done", "Its owner did it; the note is what came of it."),
    ActionAct.DECLINE: (
        "action.declined",
        "It went back to the chair; the note says why, if its owner declined.",
    ),
    ActionAct.REASSIGN: ("action.reassigned", "The chair assigned it anew; the note says why."),
    ActionAct.CANCEL: ("action.cancelled", "The chair cancelled it; the note says why."),
}

_STEPS = (
    entries(
        at=ActionStep.at,
        id=ActionStep.id,
        family_id=ActionStep.family_id,
        type=case(
            *((ActionStep.act == act, literal(name, Text)) for act, (name, _) in _DONE.items())
        ),
        resource_type="action",
        resource_id=ActionStep.action_id,
        agency_id=ActionStep.by_agency_id,
        name=ActionStep.by_name,
        job_title=ActionStep.by_job_title,
        note=ActionStep.note,
    )
    .join(MeetingAction, MeetingAction.id == ActionStep.action_id)
    .where(readable_by(CALLER))
)

SOURCES = (Source(dict(_DONE.values()), "/v1/actions/{resource_id}", _STEPS),)
