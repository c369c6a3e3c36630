"""Reads of outcomes. All start from `readable_by`."""

from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, bindparam, select

from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.alerts.rules import LIVE
from api.engagement.access import readable_by as engagement_readable_by
from api.engagement.inabilities.models import Inability
from api.families.access import involved
from api.families.models import Member
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork
from api.meetings.access import is_chair
from api.meetings.actions.access import readable_by as action_readable_by
from api.meetings.actions.models import MeetingAction
from api.meetings.exclusions.access import readable_by as exclusion_readable_by
from api.meetings.exclusions.models import MeetingExclusion
from api.meetings.exclusions.rules import Asked, ExclusionStatus
from api.meetings.outcome import access
from api.meetings.outcome.models import (
    OutcomeAlert,
    OutcomeAnswer,
    OutcomeDraft,
    OutcomeInformation,
    OutcomeVersion,
)
from api.meetings.outcome.rules import ResponseStatus
from api.meetings.queries import read_meeting
from api.plans.access import readable_by as plan_readable_by
from api.plans.models import Plan, PlanVersion

_MEETING = bindparam("meeting", type_=Uuid())
_NUMBER = bindparam("number", type_=Integer())

_VERSION = select(*OutcomeVersion.__table__.columns).where(
    OutcomeVersion.meeting_id == _MEETING, access.readable_by(CALLER)
)
_ONE = _VERSION.where(OutcomeVersion.number == _NUMBER)
_VERSIONS = _VERSION.order_by(OutcomeVersion.number)
_INFORMATION = (
    select(OutcomeInformation.agency_id, OutcomeInformation.said, OutcomeInformation.agency_ids)
    .where(
        OutcomeInformation.meeting_id == _MEETING,
        OutcomeInformation.number == _NUMBER,
        access.information_readable_by(CALLER),
    )
    .order_by(OutcomeInformation.place)
)
# What was decided about alerts was done when the outcome was recorded: no amendment changes it.
_ALERTS = (
    select(
        OutcomeAlert.alert_id,
        OutcomeAlert.decision,
        OutcomeAlert.reasons,
        Alert.agency_id,
        Alert.severity,
    )
    .join(Alert, Alert.id == OutcomeAlert.alert_id)
    .where(OutcomeAlert.meeting_id == _MEETING, access.alert_decision_readable_by(CALLER))
    .order_by(OutcomeAlert.alert_id)
)
_ACTIONS = (
    select(
        MeetingAction.id,
        MeetingAction.kind,
        MeetingAction.agency_id,
        MeetingAction.practitioner_name,
        MeetingAction.practitioner_job_title,
        MeetingAction.what,
        MeetingAction.due_on,
        MeetingAction.with_agency_ids,
        MeetingAction.alert_id,
        MeetingAction.status,
    )
    .where(MeetingAction.meeting_id == _MEETING, action_readable_by(CALLER))
    .order_by(MeetingAction.id)
)
_PLANS = (
    select(Plan.id, Plan.kind, Plan.status, Plan.review_due, PlanVersion.content)
    .join(PlanVersion, PlanVersion.plan_id == Plan.id)
    .where(
        Plan.meeting_id == _MEETING,
        PlanVersion.number == Plan.content_version,
        plan_readable_by(CALLER),
    )
    .order_by(Plan.id)
)
_RESPONSES = select(*OutcomeAnswer.__table__.columns).where(
    OutcomeAnswer.meeting_id == _MEETING, access.response_readable_by(CALLER)
)
_RESPONSE = _RESPONSES.where(OutcomeAnswer.id == bindparam("response"))


def about_draft(meeting: Any, version: int) -> Subject:
    return Subject("outcome_draft", meeting.id, meeting.family_id, version)


async def read_own_draft(work: UnitOfWork, meeting_id: UUID) -> tuple[Any, OutcomeDraft | None]:
    """The meeting, and its draft, if there is one. Raises NotFound for anybody but its chair."""
    meeting = await read_meeting(work, meeting_id)
    if not is_chair(work.actor, meeting):
        raise NotFound
    return meeting, await work.session.scalar(_draft(work, meeting_id))


async def lock_draft(work: UnitOfWork, meeting_id: UUID) -> OutcomeDraft | None:
    """Until the commit: the caller has locked the meeting, and chairs it."""
    found: OutcomeDraft | None = await work.session.scalar(
        _draft(work, meeting_id).with_for_update(of=OutcomeDraft)
    )
    return found


def _draft(work: UnitOfWork, meeting_id: UUID) -> Select[OutcomeDraft]:
    return select(OutcomeDraft).where(
        OutcomeDraft.meeting_id == meeting_id, access.draft_readable_by(work.agency_id)
    )


async def read_outcome(work: UnitOfWork, meeting: Any, number: int | None = None) -> Any:
    """The version that stands, or the one of that number. Raises NotFound."""
    wanted = meeting.outcome_number if number is None else number
    found = await work.fetch(_ONE, meeting=meeting.id, number=wanted)
    if not found:
        raise NotFound
    return found[0]


async def versions_of(work: UnitOfWork, meeting_id: UUID) -> list[Any]:
    """Oldest first. Raises NotFound while none is recorded."""
    found = await work.fetch(_VERSIONS, meeting=meeting_id)
    if not found:
        raise NotFound
    return found


async def information_of(work: UnitOfWork, meeting_id: UUID, number: int) -> list[Any]:
    return await work.fetch(_INFORMATION, meeting=meeting_id, number=number)


async def alerts_of(work: UnitOfWork, meeting_id: UUID) -> list[Any]:
    """What was decided about alerts that the caller reads."""
    return await work.fetch(_ALERTS, meeting=meeting_id)


async def actions_of(work: UnitOfWork, meeting_id: UUID) -> list[Any]:
    return await work.fetch(_ACTIONS, meeting=meeting_id)


async def plans_of(work: UnitOfWork, meeting_id: UUID) -> list[Any]:
    """With what each of them says now."""
    return await work.fetch(_PLANS, meeting=meeting_id)


async def family_of(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The members of the family."""
    found = await work.session.execute(
        select(Member.id, Member.kind, Member.given_name, Member.family_name).where(
            Member.family_id == family_id, involved(Member.family_id, work.agency_id)
        )
    )
    return list(found)


async def exclusions_of(work: UnitOfWork, meeting_id: UUID) -> list[Asked]:
    """Every request to keep somebody out of it."""
    found = await work.session.execute(
        select(
            MeetingExclusion.member_id, MeetingExclusion.status, MeetingExclusion.decided_at
        ).where(
            MeetingExclusion.meeting_id == meeting_id,
            exclusion_readable_by(work.agency_id),
        )
    )
    return [Asked(row.member_id, ExclusionStatus(row.status), row.decided_at) for row in found]


async def unable(work: UnitOfWork, family_id: UUID) -> set[UUID]:
    """The agencies that cannot work with the family now."""
    found = await work.session.scalars(
        select(Inability.agency_id).where(
            Inability.family_id == family_id,
            Inability.resolved_on.is_(None),
            engagement_readable_by(Inability, work.agency_id),
        )
    )
    return set(found)


async def live_alerts(
    work: UnitOfWork, family_id: UUID, alert_ids: Collection[UUID]
) -> dict[UUID, Any]:
    """Of these, what is in force on the family and the caller reads: owner and version."""
    found = await work.session.execute(
        select(Alert.id, Alert.agency_id, Alert.version).where(
            Alert.id.in_(alert_ids),
            Alert.family_id == family_id,
            Alert.status.in_(LIVE),
            alert_readable_by(work.agency_id),
        )
    )
    return {row.id: row for row in found}


@cache
def _page(continued: bool) -> Select[Any]:
    query = _RESPONSES.order_by(OutcomeAnswer.id).limit(bindparam("rows", type_=Integer()))
    return query.where(OutcomeAnswer.id > bindparam("after")) if continued else query


async def list_responses(
    work: UnitOfWork, meeting_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Oldest first: the caller's own, and for the chair's agency all."""
    given: dict[str, Any] = {"meeting": meeting_id, "rows": limit + 1}
    if cursor is not None:
        given["after"] = UUID(str(cursors.read(cursor)[0]))
    rows = await work.fetch(_page(cursor is not None), **given)
    return cut(rows, limit, cursors, by_id)


async def read_response(work: UnitOfWork, meeting_id: UUID, response_id: UUID) -> Any:
    """Raises NotFound."""
    found = await work.fetch(_RESPONSE, meeting=meeting_id, response=response_id)
    if not found:
        raise NotFound
    return found[0]


async def has_confirmed(work: UnitOfWork, meeting_id: UUID, number: int) -> bool:
    """Whether the caller's agency has confirmed that version."""
    found = await work.session.scalar(
        select(OutcomeAnswer.id).where(
            OutcomeAnswer.meeting_id == meeting_id,
            OutcomeAnswer.agency_id == work.agency_id,
            OutcomeAnswer.number == number,
            OutcomeAnswer.answer == "confirmed",
            access.response_readable_by(work.agency_id),
        )
    )
    return found is not None


async def lock_corrections(
    work: UnitOfWork, meeting_id: UUID, response_ids: Collection[UUID]
) -> list[OutcomeAnswer]:
    """Those of these that are open requests of the meeting, locked in the order of their ids: the
    caller chairs it."""
    found = await work.session.scalars(
        select(OutcomeAnswer)
        .where(
            OutcomeAnswer.id.in_(response_ids),
            OutcomeAnswer.meeting_id == meeting_id,
            OutcomeAnswer.status == ResponseStatus.OPEN,
            access.response_readable_by(work.agency_id),
        )
        .order_by(OutcomeAnswer.id)
        .with_for_update(of=OutcomeAnswer)
    )
    return list(found)
