"""Writes on the draft of an outcome, which its chair alone sees."""

from uuid import UUID

from api.foundation.errors import PreconditionFailed
from api.journal.unit_of_work import UnitOfWork
from api.meetings import access
from api.meetings.models import Meeting
from api.meetings.outcome import queries
from api.meetings.outcome.bodies import OutcomeBody
from api.meetings.outcome.models import OutcomeDraft
from api.meetings.rules import MeetingStatus
from api.meetings.service import chaired, illegal


async def save_draft(
    work: UnitOfWork, meeting_id: UUID, body: OutcomeBody, version: int
) -> OutcomeDraft:
    """The whole draft, in the place of the one before. Told to nobody. Also on a record that was
    merged away since the meeting was held."""
    meeting = await chaired(work, meeting_id, closing=True)
    person = access.check_chairs(work.actor, meeting)
    draft = await held_draft(work, meeting, version)
    if draft is None:
        draft = OutcomeDraft(meeting_id=meeting.id, family_id=meeting.family_id, version=0)
        work.add(draft)
    draft.body = body.model_dump(mode="json")
    draft.version += 1
    draft.saved_at = work.now
    draft.by_id, draft.by_name = person.id, person.name
    work.note("outcome_draft.saved", queries.about_draft(meeting, draft.version))
    return draft


async def held_draft(work: UnitOfWork, meeting: Meeting, version: int) -> OutcomeDraft | None:
    """As the chair last saved it: of a meeting that was held, and is not recorded yet. None, with
    version 0, while nothing was saved. The caller has locked the meeting."""
    if meeting.status != MeetingStatus.HELD:
        raise illegal(meeting)
    draft = await queries.lock_draft(work, meeting.id)
    if (draft.version if draft else 0) != version:
        raise PreconditionFailed("If-Match names the version of the draft: GET …/outcome/draft.")
    return draft
