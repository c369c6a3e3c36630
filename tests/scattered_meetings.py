"""Meetings, actions and plans made at random, as rows, past every rule."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.models import Alert
from api.foundation.ids import new_id
from api.journal.models import AuditEntry
from api.meetings.actions.models import ActionStep, MeetingAction
from api.meetings.exclusions.models import MeetingExclusion
from api.meetings.models import Meeting, MeetingInvitation, MeetingStep
from api.meetings.outcome.models import (
    OutcomeAlert,
    OutcomeAnswer,
    OutcomeDraft,
    OutcomeInformation,
    OutcomeVersion,
)
from api.meetings.reports.models import MeetingReport
from api.meetings.rules import MeetingStatus
from api.plans.models import Plan, PlanAlert, PlanRecipient, PlanReview, PlanStep, PlanVersion

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = date(2026, 12, 10)
BY = {"by_name": "A", "by_job_title": "b"}


async def add_meeting(
    session: AsyncSession, chance: Random, alert: Alert, member_id: UUID, agencies: list[UUID]
) -> None:
    """On the family of an alert, which it considers; also of agencies that were never involved,
    with invitations taken back, and with some of it for some only."""
    family_id = alert.family_id
    meeting = a_meeting(family_id, *chance.choices(agencies, k=2), chance)
    session.add(meeting)
    await session.flush()
    of = {"meeting_id": meeting.id, "family_id": family_id}
    for agency in chance.sample(agencies, chance.randrange(len(agencies) + 1)):
        withdrawn, ended = chance.choice([None, None, NOW]), chance.choice([None, None, NOW])
        session.add(
            MeetingInvitation(
                **of,
                agency_id=agency,
                reason="why",
                invited_at=NOW,
                withdrawn_at=withdrawn,
                ended_at=ended,
            )
        )
    session.add_all(before(chance, of, member_id, agencies))
    session.add_all(outcome(chance, of, alert, agencies))
    action = an_action(chance, of, alert, agencies)
    plan = a_plan(chance, of, agencies)
    session.add_all([action, plan])
    await session.flush()
    step = {"act": "assign", "to_status": "assigned", "agency_id": action.agency_id}
    session.add(
        ActionStep(id=new_id(), action_id=action.id, family_id=family_id, version=1, at=NOW, **step)
    )
    session.add_all(of_plan(chance, plan, alert, agencies))
    for resource_type, resource_id in (
        ("meeting", meeting.id),
        ("action", action.id),
        ("plan", plan.id),
        ("outcome_draft", meeting.id),
    ):
        reader = chance.choice(agencies)
        session.add(an_entry(family_id, reader, resource_type, resource_id))


def a_meeting(family_id: UUID, agency: UUID, convener: UUID, chance: Random) -> Meeting:
    return Meeting(
        id=new_id(),
        family_id=family_id,
        agency_id=agency,
        convened_by=convener,
        organiser_name="A",
        organiser_job_title="b",
        kind="core_group",
        purpose="why",
        status=chance.choice(list(MeetingStatus)),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
        member_ids=[],
        scheduled_at=NOW,
        follow_up_notices_sent=0,
        outcome_number=0,
        version=1,
        sequence=0,
    )


def before(chance: Random, of: dict[str, UUID], member_id: UUID, agencies: list[UUID]) -> list[Any]:
    step = {"act": "schedule", "to_status": "scheduled", "details": {}}
    asked = {"why": "why", "status": "requested", "requested_at": NOW}
    return [
        MeetingStep(**of, version=1, at=NOW, **step),
        MeetingReport(
            **of,
            agency_id=chance.choice(agencies),
            number=1,
            audience=chance.choice(["invited", "chair"]),
            content={},
            submitted_at=NOW,
            **BY,
        ),
        MeetingExclusion(
            **of,
            agency_id=chance.choice(agencies),
            member_id=member_id,
            version=1,
            **asked,
            **BY,
        ),
    ]


def outcome(chance: Random, of: dict[str, UUID], alert: Alert, agencies: list[UUID]) -> list[Any]:
    some = chance.sample(agencies, 1)
    return [
        OutcomeDraft(**of, body={}, version=1, saved_at=NOW, by_name="A"),
        OutcomeVersion(**of, number=1, content={}, at=NOW, **BY),
        OutcomeInformation(
            **of, number=1, place=0, agency_id=chance.choice(agencies), said="what", agency_ids=some
        ),
        OutcomeInformation(**of, number=1, place=1, agency_id=chance.choice(agencies), said="what"),
        OutcomeAlert(**of, number=1, alert_id=alert.id, decision="kept", reasons="why"),
        OutcomeAnswer(
            **of,
            agency_id=chance.choice(agencies),
            number=1,
            answer="confirmed",
            status="open",
            answered_at=NOW,
            version=1,
            **BY,
        ),
    ]


def an_action(
    chance: Random, of: dict[str, UUID], alert: Alert, agencies: list[UUID]
) -> MeetingAction:
    about_alert = chance.choice([True, False])
    return MeetingAction(
        id=new_id(),
        **of,
        agency_id=chance.choice(agencies),
        kind="reconsider_alert" if about_alert else "task",
        what="what",
        due_on=DAY,
        with_agency_ids=[],
        alert_id=alert.id if about_alert else None,
        status="assigned",
        assigned_at=NOW,
        notices_sent=0,
        version=1,
    )


def a_plan(chance: Random, of: dict[str, UUID], agencies: list[UUID]) -> Plan:
    return Plan(
        id=new_id(),
        **of,
        agency_id=chance.choice(agencies),
        kind="risk_reduction",
        status="current",
        drawn_up_at=NOW,
        review_due=DAY,
        review_notices_sent=0,
        version=1,
        content_version=1,
    )


def of_plan(chance: Random, plan: Plan, alert: Alert, agencies: list[UUID]) -> list[Any]:
    of = {"plan_id": plan.id, "family_id": plan.family_id}
    held = {"held_on": DAY, "outcome": "continue", "note": "why"}
    given = chance.sample(agencies, chance.randrange(len(agencies)))
    return [
        PlanVersion(**of, number=1, content={}, at=NOW, **BY),
        PlanReview(**of, version=2, at=NOW, **held, **BY),
        PlanStep(**of, version=1, act="draw_up", at=NOW, agency_id=plan.agency_id),
        PlanAlert(**of, number=1, alert_id=alert.id),
        *(PlanRecipient(**of, agency_id=each, reason="why", since=NOW) for each in given),
    ]


def an_entry(family_id: UUID, reader: UUID, resource_type: str, resource_id: UUID) -> AuditEntry:
    return AuditEntry(
        recorded_at=NOW,
        agency_id=reader,
        action=f"{resource_type}.read",
        outcome="allowed",
        family_id=family_id,
        resource_type=resource_type,
        resource_id=resource_id,
        details={},
    )
