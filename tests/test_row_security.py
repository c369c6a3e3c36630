"""The second lock: the policies of the database say the same as the predicates of the service."""

from collections.abc import AsyncIterator, Callable, Collection
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    exists,
    func,
    inspect,
    literal,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from api.agreements.access import readable_by as agreement_readable_by
from api.agreements.breaches.access import link_readable_by
from api.agreements.breaches.access import readable_by as breach_readable_by
from api.agreements.breaches.models import AgreementBreach, BreachIncident
from api.agreements.models import Agreement, AgreementStep, AgreementVersion
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.access import readable_to as alert_readable_to
from api.alerts.acknowledgements.models import AcknowledgementDuty, AlertAcknowledgement
from api.alerts.challenges.access import readable_by as challenge_readable_by
from api.alerts.challenges.models import Challenge
from api.alerts.models import Alert, AlertRecipient, AlertTransition
from api.alerts.notifications.models import SubjectNotification
from api.alerts.recalls.access import readable_by as recall_readable_by
from api.alerts.recalls.access import stands_in
from api.alerts.recalls.models import Recall, RecallReceipt
from api.alerts.reviews.models import AlertReview
from api.audit.access import readable_by as audit_readable_by
from api.engagement.access import readable_by as engagement_readable_by
from api.engagement.access import version_readable_by
from api.engagement.advice.models import ExpertAdvice
from api.engagement.constraints.models import AssessmentConstraint
from api.engagement.inabilities.models import Inability
from api.engagement.models import EngagementVersion
from api.engagement.observations.models import EngagementObservation
from api.engagement.profile.access import readable_by as profile_readable_by
from api.engagement.profile.models import EngagementProfile
from api.engagement.reflections.access import readable_by as reflection_readable_by
from api.engagement.reflections.models import Reflection, ReflectionVersion
from api.engagement.sharing_checks.access import readable_by as check_readable_by
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations.access import readable_by as obligation_readable_by
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.families.access import invited, involved
from api.families.access import readable_by as family_readable_by
from api.families.access import readable_to as family_readable_to
from api.families.break_glass.access import readable_by as break_glass_readable_by
from api.families.break_glass.models import BreakGlass
from api.families.merging.access import readable_by as merge_readable_by
from api.families.models import (
    Address,
    Contest,
    Family,
    FamilyMerge,
    Identifier,
    Invitation,
    Involvement,
    Member,
)
from api.foundation.database import Base, Database
from api.incidents.access import readable_by as incident_readable_by
from api.incidents.models import Incident, IncidentVersion
from api.incidents.sharing.models import SharingDecision
from api.journal.event_types import RESOURCES
from api.journal.models import AuditEntry, AuditSeal, FirstRead, Inbox
from api.meetings.access import of_readable as of_readable_meeting
from api.meetings.access import readable_by as meeting_readable_by
from api.meetings.actions.access import readable_by as action_readable_by
from api.meetings.actions.models import ActionStep, MeetingAction
from api.meetings.exclusions.access import readable_by as exclusion_readable_by
from api.meetings.exclusions.models import MeetingExclusion
from api.meetings.models import Meeting, MeetingInvitation, MeetingStep
from api.meetings.outcome import access as outcomes
from api.meetings.outcome.models import (
    OutcomeAlert,
    OutcomeAnswer,
    OutcomeDraft,
    OutcomeInformation,
    OutcomeVersion,
)
from api.meetings.reports.access import readable_by as report_readable_by
from api.meetings.reports.models import MeetingReport
from api.overview.picture.models import RaisedIndicator
from api.plans.access import of_readable as of_readable_plan
from api.plans.access import readable_by as plan_readable_by
from api.plans.models import Plan, PlanAlert, PlanRecipient, PlanReview, PlanStep, PlanVersion
from api.webhooks.models import (
    Delivery,
    EndpointHealth,
    ReplayJob,
    Subscription,
    SubscriptionKey,
    UrlChange,
    WebhookMail,
)
from tests.partnerships import scatter
from tests.world import World

pytestmark = pytest.mark.anyio

SET_CONTEXT = text(
    "SELECT set_config('doorstep.agency', :agency, true), "
    "set_config('doorstep.break_glass', :opened, true)"
)

# Under another name: the predicates look into these tables themselves.
INVITATION, INVOLVEMENT = aliased(Invitation), aliased(Involvement)


def on_readable_alert(model: Any, agency: UUID, *, owner_or_own: bool) -> ColumnElement[bool]:
    readable = RESOURCES["alert"].readable(agency, model.alert_id)
    if not owner_or_own:
        return readable
    owned = exists(select(Alert.id).where(Alert.id == model.alert_id, Alert.agency_id == agency))
    return and_(readable, or_(model.agency_id == agency, owned))


def on_own_alert(model: Any, agency: UUID) -> ColumnElement[bool]:
    return exists(
        select(Alert.id).where(
            Alert.id == model.alert_id, Alert.agency_id == agency, alert_readable_by(agency)
        )
    )


def receipt_shown_to(agency: UUID) -> ColumnElement[bool]:
    recalled = select(Alert.id).where(Alert.id == RecallReceipt.recall_id)
    led = exists().where(Recall.id == RecallReceipt.recall_id, stands_in(agency))
    owned = exists(recalled.where(Alert.agency_id == agency))
    return or_(RecallReceipt.agency_id == agency, owned, led)


def entry_shown_to(agency: UUID) -> ColumnElement[bool]:
    """Its own; and on a family that it is involved with, what is about something that it reads.
    What people ask of themselves, and what is owed for it, is no other agency's."""
    about = AuditEntry.resource_id
    hidden = (
        and_(AuditEntry.resource_type == name, not_(RESOURCES[name].readable(agency, about)))
        for name in ("alert", "challenge", "incident", "meeting", "action", "plan")
    )
    private = AuditEntry.resource_type.in_(
        ["sharing_check", "reflection", "sharing_obligation", "outcome_draft"]
    )
    shown = func.coalesce(not_(or_(*hidden, private)), literal(True))
    return or_(audit_readable_by(agency), and_(involved(AuditEntry.family_id, agency), shown))


def on_own_incident(agency: UUID) -> ColumnElement[bool]:
    return exists(
        select(Incident.id).where(
            Incident.id == IncidentVersion.incident_id,
            Incident.agency_id == agency,
            incident_readable_by(agency),
        )
    )


def decision_shown_to(agency: UUID) -> ColumnElement[bool]:
    """To the agency that takes it; to the one considered, where it was given the incident."""
    given = and_(
        SharingDecision.agency_id == agency,
        SharingDecision.outcome == "shared",
        SharingDecision.how == "incident",
    )
    concerned = or_(SharingDecision.owner_id == agency, given)
    return and_(involved(SharingDecision.family_id, agency), concerned)


def own(model: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda agency: model.agency_id == agency


def of_family(model: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda agency: involved(model.family_id, agency)


def of_own_reflection(agency: UUID) -> ColumnElement[bool]:
    return exists().where(
        Reflection.id == ReflectionVersion.reflection_id, reflection_readable_by(agency)
    )


def of_meeting(model: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda agency: of_readable_meeting(agency, model.meeting_id)


def of_plan(model: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda agency: of_readable_plan(agency, model.plan_id)


def of_action(agency: UUID) -> ColumnElement[bool]:
    return RESOURCES["action"].readable(agency, ActionStep.action_id)


def plan_alert_shown_to(agency: UUID) -> ColumnElement[bool]:
    return and_(
        of_readable_plan(agency, PlanAlert.plan_id),
        RESOURCES["alert"].readable(agency, PlanAlert.alert_id),
    )


def sealing_own(agency: UUID) -> ColumnElement[bool]:
    return exists().where(AuditEntry.id == AuditSeal.entry_id, audit_readable_by(agency))


# What each table shows to an agency, as the service's own predicates put it.
PREDICATES: dict[Any, Callable[[UUID], ColumnElement[bool]]] = {
    Family: family_readable_by,
    Member: of_family(Member),
    Address: of_family(Address),
    Identifier: of_family(Identifier),
    Contest: of_family(Contest),
    FamilyMerge: merge_readable_by,
    INVITATION: lambda agency: invited(agency, INVITATION.id),
    INVOLVEMENT: lambda agency: or_(
        INVOLVEMENT.agency_id == agency, involved(INVOLVEMENT.family_id, agency)
    ),
    Alert: alert_readable_by,
    AlertRecipient: lambda agency: on_readable_alert(AlertRecipient, agency, owner_or_own=True),
    AlertTransition: lambda agency: on_readable_alert(AlertTransition, agency, owner_or_own=False),
    AlertAcknowledgement: lambda agency: on_readable_alert(
        AlertAcknowledgement, agency, owner_or_own=True
    ),
    AcknowledgementDuty: lambda agency: on_readable_alert(
        AcknowledgementDuty, agency, owner_or_own=True
    ),
    AlertReview: lambda agency: on_readable_alert(AlertReview, agency, owner_or_own=False),
    SubjectNotification: lambda agency: on_own_alert(SubjectNotification, agency),
    Challenge: challenge_readable_by,
    Incident: incident_readable_by,
    IncidentVersion: on_own_incident,
    SharingDecision: decision_shown_to,
    SharingCheck: check_readable_by,
    SharingObligation: obligation_readable_by,
    Reflection: reflection_readable_by,
    ReflectionVersion: of_own_reflection,
    RaisedIndicator: lambda agency: and_(
        RaisedIndicator.agency_id == agency, involved(RaisedIndicator.family_id, agency)
    ),
    Recall: recall_readable_by,
    RecallReceipt: receipt_shown_to,
    Agreement: agreement_readable_by,
    AgreementVersion: of_family(AgreementVersion),
    AgreementStep: of_family(AgreementStep),
    AgreementBreach: breach_readable_by,
    BreachIncident: link_readable_by,
    Meeting: meeting_readable_by,
    MeetingInvitation: of_meeting(MeetingInvitation),
    MeetingStep: of_meeting(MeetingStep),
    MeetingReport: report_readable_by,
    MeetingExclusion: exclusion_readable_by,
    OutcomeDraft: outcomes.draft_readable_by,
    OutcomeVersion: outcomes.readable_by,
    OutcomeInformation: outcomes.information_readable_by,
    OutcomeAlert: outcomes.alert_decision_readable_by,
    OutcomeAnswer: outcomes.response_readable_by,
    MeetingAction: action_readable_by,
    ActionStep: of_action,
    Plan: plan_readable_by,
    PlanVersion: of_plan(PlanVersion),
    PlanRecipient: of_plan(PlanRecipient),
    PlanReview: of_plan(PlanReview),
    PlanStep: of_plan(PlanStep),
    PlanAlert: plan_alert_shown_to,
    FirstRead: own(FirstRead),
    BreakGlass: break_glass_readable_by,
    EngagementObservation: lambda agency: engagement_readable_by(EngagementObservation, agency),
    ExpertAdvice: lambda agency: engagement_readable_by(ExpertAdvice, agency),
    Inability: lambda agency: engagement_readable_by(Inability, agency),
    AssessmentConstraint: lambda agency: engagement_readable_by(AssessmentConstraint, agency),
    EngagementProfile: profile_readable_by,
    EngagementVersion: version_readable_by,
    Inbox: own(Inbox),
    AuditEntry: entry_shown_to,
    AuditSeal: sealing_own,
    Subscription: own(Subscription),
    SubscriptionKey: own(SubscriptionKey),
    EndpointHealth: own(EndpointHealth),
    ReplayJob: own(ReplayJob),
    UrlChange: own(UrlChange),
    WebhookMail: own(WebhookMail),
    Delivery: own(Delivery),
}


def involved_now(agency: UUID, opened: Any) -> ColumnElement[bool]:
    """For whom to ring."""
    through = and_(INVOLVEMENT.until_at.is_(None), INVOLVEMENT.family_id.in_(opened))
    return or_(PREDICATES[INVOLVEMENT](agency), through)


# What is shown beside that of the families that its person has opened by break-glass.
UNDER_GLASS: dict[Any, Callable[[UUID, Collection[UUID]], ColumnElement[bool]]] = {
    Family: lambda agency, opened: family_readable_to(agency, literal(opened, ARRAY(Uuid))),
    Alert: lambda agency, opened: alert_readable_to(agency, literal(opened, ARRAY(Uuid))),
    INVOLVEMENT: involved_now,
}


@pytest.fixture(scope="module")
async def everything(world: World, anyio_backend: Any) -> AsyncIterator[Database]:
    """The database as the superuser sees it, with random partnerships in it."""
    database = Database(world.urls["postgres"], pool_size=2, wait_seconds=5)
    clients = {each.id: each.client_id for each in world.agencies.values()}
    async with database.session() as session:
        await scatter(session, Random(20261123), clients, families=25)
    yield database
    await database.close()


def keys_of(model: Any) -> Any:
    return select(*(getattr(model, key.key) for key in inspect(model).mapper.primary_key))


async def shown_by_predicate(
    everything: Database, model: Any, agency: UUID, opened: Collection[UUID] = ()
) -> set[Any]:
    predicate = PREDICATES[model](agency)
    if opened and model in UNDER_GLASS:
        predicate = UNDER_GLASS[model](agency, opened)
    async with everything.session() as session:
        found = await session.execute(keys_of(model).where(predicate))
        return {tuple(row) for row in found}


async def shown_by_policy(
    world: World, model: Any, agency: str, opened: Collection[UUID] = ()
) -> set[Any]:
    async with world.runtime.database.session() as session:
        listed = ",".join(map(str, opened))
        given = {"agency": agency, "opened": f"{{{listed}}}" if opened else ""}
        await session.execute(SET_CONTEXT, given)
        return {tuple(row) for row in await session.execute(keys_of(model))}


@pytest.mark.parametrize(
    "model", list(PREDICATES), ids=lambda each: inspect(each).mapper.class_.__name__
)
async def test_policy_and_predicate_show_the_same_rows_to_every_agency(
    world: World, everything: Database, model: Any
) -> None:
    async with everything.session() as session:
        all_rows = {tuple(row) for row in await session.execute(keys_of(model))}
    sizes = []
    for agency in world.agencies.values():
        by_policy = await shown_by_policy(world, model, str(agency.id))
        assert by_policy == await shown_by_predicate(everything, model, agency.id)
        assert by_policy < all_rows
        sizes.append(len(by_policy))
    assert sum(sizes) > 0


@pytest.mark.parametrize(
    "model", list(PREDICATES), ids=lambda each: inspect(each).mapper.class_.__name__
)
async def test_break_glass_opens_by_policy_what_it_opens_by_predicate_and_nothing_else(
    world: World, everything: Database, model: Any
) -> None:
    """Of any table that is not named among those it opens, not a row more."""
    async with everything.session() as session:
        families = list(await session.scalars(select(Family.id).order_by(Family.id)))
    opened = Random(7).sample(families, 12)
    more = 0
    for agency in world.agencies.values():
        under_glass = await shown_by_policy(world, model, str(agency.id), opened)
        assert under_glass == await shown_by_predicate(everything, model, agency.id, opened)
        more += len(under_glass - await shown_by_policy(world, model, str(agency.id)))
    assert (more > 0) == (model in UNDER_GLASS)


def test_every_secured_table_of_content_is_compared() -> None:
    compared = {inspect(each).mapper.class_.__tablename__ for each in PREDICATES}
    with_family = {
        name for name, table in Base.metadata.tables.items() if "family_id" in table.columns
    }
    assert with_family - {"events"} <= compared


@pytest.mark.parametrize("agency", ["", "4bfd8915-d482-4c0e-881d-b713c5a18c07"])
async def test_without_an_agency_nothing_is_visible(
    world: World, everything: Database, agency: str
) -> None:
    for model in PREDICATES:
        assert await shown_by_policy(world, model, agency) == set()


async def test_a_connection_that_was_never_told_an_agency_sees_nothing(
    world: World, everything: Database
) -> None:
    connection = await asyncpg.connect(world.urls["doorstep_api"])
    try:
        for model in PREDICATES:
            table = inspect(model).mapper.class_.__tablename__
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    finally:
        await connection.close()


async def test_the_context_ends_with_its_transaction(world: World) -> None:
    connection = await asyncpg.connect(world.urls["doorstep_api"])
    try:
        async with connection.transaction():
            own_id = str(world.agencies["police"].id)
            await connection.execute("SELECT set_config('doorstep.agency', $1, true)", own_id)
            assert await connection.fetchval("SELECT current_agency()::text") == own_id
        assert await connection.fetchval("SELECT current_agency()") is None
    finally:
        await connection.close()
