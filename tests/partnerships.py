"""A partnership made at random, as rows, past every rule: also what the service never makes."""

import itertools
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.agencies.models import Practitioner
from api.agreements.breaches.models import AgreementBreach, BreachIncident
from api.agreements.models import Agreement, AgreementStep, AgreementVersion
from api.alerts.acknowledgements.models import AcknowledgementDuty, AlertAcknowledgement
from api.alerts.challenges.models import Challenge
from api.alerts.models import Alert, AlertRecipient, AlertTransition
from api.alerts.notifications.models import SubjectNotification
from api.alerts.recalls.models import Recall, RecallReceipt
from api.alerts.reviews.models import AlertReview
from api.engagement.advice.models import ExpertAdvice
from api.engagement.constraints.models import AssessmentConstraint
from api.engagement.inabilities.models import Inability
from api.engagement.models import EngagementVersion
from api.engagement.observations.models import EngagementObservation
from api.engagement.profile.models import EngagementProfile
from api.engagement.reflections.models import Reflection, ReflectionVersion
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.families.break_glass.models import BreakGlass
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
from api.foundation.ids import new_id
from api.incidents.models import Incident
from api.incidents.sharing.models import SharingDecision
from api.journal.models import AuditEntry, AuditSeal, FirstRead, Inbox
from api.overview.picture.models import RaisedIndicator
from api.webhooks.health import new_health
from api.webhooks.models import (
    Delivery,
    ReplayJob,
    Subscription,
    SubscriptionKey,
    UrlChange,
    WebhookMail,
)
from tests.scattered_incidents import add_incident
from tests.scattered_meetings import add_meeting

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
_numbers = itertools.count(1)


async def scatter(
    session: AsyncSession, chance: Random, clients: dict[UUID, UUID], families: int
) -> None:
    """`clients`: each agency with a client of it."""
    agencies = list(clients)
    readers = []
    for agency in agencies:
        session.add(reader := a_practitioner(agency))
        readers.append(reader)
        session.add(subscription := a_subscription(agency, clients[agency]))
        await session.flush()
        session.add_all([a_delivery(subscription), a_subscription_key(subscription)])
        session.add_all([new_health(subscription), a_replay(subscription)])
        session.add_all([a_url_change(subscription, reader), a_mail(subscription)])
        session.add(entry := an_audit_entry(agency, clients[agency]))
        await session.flush()
        session.add(a_seal(entry))
    made = [await _add_family(session, chance, agencies) for _ in range(families)]
    for family in made:
        for reader in chance.sample(readers, 2):
            await _add_questions(session, family.id, reader)
    for _ in range(families):
        session.add(await _a_merge(session, chance, made))
        for reader in chance.sample(readers, 2):
            family_id = chance.choice(made).id
            session.add(a_break_glass(family_id, reader, clients[reader.agency_id]))
    await session.commit()


async def _add_questions(session: AsyncSession, family_id: UUID, person: Practitioner) -> None:
    """What somebody asked of themselves, and owes for it."""
    given = {"id": new_id(), "family_id": family_id, "agency_id": person.agency_id}
    author = {"author_id": person.id, "author_name": "A", "author_job_title": "b"}
    check = SharingCheck(**given, **author, sealed_content=b"", answered_at=NOW)
    reflection = Reflection(**given, **author, written_at=NOW, version=1)
    session.add_all([check, reflection])
    await session.flush()
    owed = {**given, "check_id": check.id, "recipients": [], "status": "open"}
    session.add(obligation := SharingObligation(**owed, opened_at=NOW, version=1))
    session.add(
        ReflectionVersion(
            reflection_id=reflection.id, number=1, family_id=family_id, at=NOW, sealed_content=b""
        )
    )
    session.add(a_read(family_id, person.agency_id, "sharing_check", check.id))
    session.add(a_read(family_id, person.agency_id, "reflection", reflection.id))
    session.add(a_read(family_id, person.agency_id, "sharing_obligation", obligation.id))


async def _a_merge(session: AsyncSession, chance: Random, families: list[Family]) -> FamilyMerge:
    """By somebody of an agency, which may lead one of the two records, both or none."""
    one, other = chance.sample(families, 2)
    author = Practitioner(
        id=new_id(),
        agency_id=one.registered_by,
        staff_id=f"random-{next(_numbers)}",
        name="A",
        job_title="b",
        roles=[],
        status="active",
        version=1,
        created_at=NOW,
    )
    session.add(author)
    await session.flush()
    return FamilyMerge(
        family_id=one.id,
        other_family_id=other.id,
        survivor_id=other.id,
        proposed_by=one.registered_by,
        author_id=author.id,
        author_name="A",
        author_job_title="b",
        reason="why",
        status=chance.choice(["proposed", "agreed", "declined", "undone"]),
        version=1,
        created_at=NOW,
    )


async def _add_family(session: AsyncSession, chance: Random, agencies: list[UUID]) -> Family:
    family = Family(
        id=new_id(),
        registered_by=chance.choice(agencies),
        lead_agency_id=chance.choice(agencies),
        version=1,
        created_at=NOW,
    )
    session.add(family)
    await session.flush()
    for agency in agencies:
        for until in chance.choice([(), (None,), (NOW,), (NOW, None), (NOW, NOW)]):
            session.add(involvement := an_involvement(family.id, agency, until))
            await session.flush()
            session.add(a_contest(family.id, involvement, chance.choice(agencies)))
    session.add(member := a_member(family.id))
    await session.flush()
    session.add(an_identifier(family.id, member.id))
    session.add(an_address(family.id))
    session.add(an_invitation(family.id, *chance.sample(agencies, 2)))
    session.add(a_read(family.id, chance.choice(agencies), "family", family.id))
    for agency in chance.sample(agencies, 2):
        raised = {"family_id": family.id, "agency_id": agency, "code": "no_current_plan"}
        session.add(RaisedIndicator(**raised, raised_at=NOW))
    for _ in range(3):
        alert = await _add_alert(session, chance, family.id, agencies)
        await add_meeting(session, chance, alert, member.id, agencies)
    session.add_all(an_engagement(family.id, chance.choice(agencies)))
    await _add_agreement(session, chance, family.id, agencies)
    return family


async def _add_alert(
    session: AsyncSession, chance: Random, family_id: UUID, agencies: list[UUID]
) -> Alert:
    kind = chance.choice(["involved", "agencies"])
    session.add(alert := an_alert(family_id, chance.choice(agencies), kind))
    await session.flush()
    given = {"alert_id": alert.id, "family_id": family_id}
    for agency in chance.sample(agencies, chance.randrange(len(agencies))):
        session.add(AlertRecipient(**given, agency_id=agency, reason="visits"))
    for agency in chance.sample(agencies, 2):
        session.add(
            AlertAcknowledgement(
                **given,
                agency_id=agency,
                content_version=1,
                practitioner_name="A",
                practitioner_job_title="b",
                acknowledged_at=NOW,
            )
        )
        session.add(an_inbox_row(agency, alert))
        session.add(AcknowledgementDuty(**given, agency_id=agency, since=NOW, due_at=NOW))
        session.add(challenge := a_challenge(alert, agency))
        await session.flush()
        session.add(a_read(family_id, agency, "alert", alert.id))
        session.add(a_read(family_id, agency, "challenge", challenge.id))
        session.add(FirstRead(resource_id=alert.id, agency_id=agency, read_at=NOW))
    session.add(AlertTransition(**given, version=1, act="ratify", to_status="active", at=NOW))
    session.add(a_review(alert))
    session.add(SubjectNotification(**given, status="withheld", at=NOW, by_name="A"))
    await add_incident(session, chance, alert, agencies)
    if chance.random() < 0.5:
        await _add_recall(session, chance, alert, agencies)
    return alert


async def _add_recall(
    session: AsyncSession, chance: Random, alert: Alert, agencies: list[UUID]
) -> None:
    session.add(Recall(id=alert.id, agency_id=alert.agency_id, kind="withdrawn", recalled_at=NOW))
    await session.flush()
    for agency in chance.sample(agencies, 2):
        due = {"acknowledge_by": NOW, "due_at": NOW}
        session.add(RecallReceipt(recall_id=alert.id, agency_id=agency, **due, reminders=0))


async def _add_agreement(
    session: AsyncSession, chance: Random, family_id: UUID, agencies: list[UUID]
) -> None:
    """With a breach that links incidents of several agencies, each shared with some other."""
    session.add(agreement := an_agreement(family_id, chance.choice(agencies)))
    await session.flush()
    given = {"agreement_id": agreement.id, "family_id": family_id}
    person = {"by_name": "A", "by_job_title": "b"}
    session.add(AgreementVersion(**given, **person, number=1, content={}, at=NOW))
    step = {"version": 1, "content_version": 1, "act": "draft", "to_status": "drafted", "at": NOW}
    session.add(AgreementStep(**given, **step))
    session.add(breach := a_breach(agreement, chance.choice(agencies)))
    for agency in chance.sample(agencies, 2):
        session.add(incident := an_incident(family_id, agency))
        await session.flush()
        session.add(
            BreachIncident(breach_id=breach.id, incident_id=incident.id, family_id=family_id)
        )
        session.add(a_shared_incident(incident, chance.choice(agencies)))


def an_agreement(family_id: UUID, owner: UUID) -> Agreement:
    return Agreement(
        id=new_id(),
        family_id=family_id,
        agency_id=owner,
        author_name="A",
        author_job_title="b",
        status="in_force",
        drafted_at=NOW,
        answered_on=NOW.date(),
        review_due=date(2027, 1, 1),
        review_notices_sent=0,
        version=1,
        content_version=1,
    )


def a_breach(agreement: Agreement, recorder: UUID) -> AgreementBreach:
    return AgreementBreach(
        id=new_id(),
        agreement_id=agreement.id,
        family_id=agreement.family_id,
        agency_id=recorder,
        content_version=1,
        occurred_on=NOW.date(),
        behaviours=[],
        said="Reminded",
        why_not="Not yet",
        recorded_at=NOW,
        by_name="A",
        by_job_title="b",
    )


def an_incident(family_id: UUID, owner: UUID) -> Incident:
    lists = ("behaved", "behaviours", "towards")
    codes = ("uncooperativeness_types", "circumstances", "hate_elements")
    nothing: dict[str, Any] = {name: [] for name in (*lists, *codes)}
    return Incident(
        id=new_id(),
        family_id=family_id,
        agency_id=owner,
        author_name="A",
        author_job_title="b",
        status="open",
        occurred_at=NOW,
        recorded_at=NOW,
        late=False,
        account={},
        version=1,
        content_version=1,
        **nothing,
    )


def a_shared_incident(incident: Incident, reader: UUID) -> SharingDecision:
    return SharingDecision(
        incident_id=incident.id,
        agency_id=reader,
        family_id=incident.family_id,
        owner_id=incident.agency_id,
        outcome="shared",
        how="incident",
        decided_at=NOW,
    )


def a_practitioner(agency: UUID) -> Practitioner:
    return Practitioner(
        id=new_id(),
        agency_id=agency,
        staff_id=f"random-{next(_numbers)}",
        name="A",
        job_title="b",
        roles=["practitioner"],
        status="active",
        version=1,
        created_at=NOW,
    )


def a_break_glass(family_id: UUID, reader: Practitioner, client: UUID) -> BreakGlass:
    return BreakGlass(
        id=new_id(),
        family_id=family_id,
        agency_id=reader.agency_id,
        client_id=client,
        practitioner_id=reader.id,
        reason_code="other",
        reason="why",
        opened_at=NOW,
        expires_at=NOW + timedelta(hours=3),
        review_due=NOW + timedelta(days=3),
        version=1,
    )


def an_involvement(family_id: UUID, agency: UUID, until: datetime | None) -> Involvement:
    return Involvement(
        id=new_id(),
        family_id=family_id,
        agency_id=agency,
        local_id=f"random-{next(_numbers)}",
        reason="visits",
        practitioner_name="A",
        practitioner_job_title="b",
        from_at=NOW,
        until_at=until,
        version=1,
    )


def a_contest(family_id: UUID, involvement: Involvement, by: UUID) -> Contest:
    return Contest(
        family_id=family_id,
        involvement_id=involvement.id,
        contested_by=by,
        reason="why",
        status="open",
        created_at=NOW,
    )


def a_member(family_id: UUID) -> Member:
    return Member(
        id=new_id(),
        family_id=family_id,
        kind="child",
        given_name="Canary",
        family_name="Name",
        match_name="canary|name",
        created_at=NOW,
    )


def an_identifier(family_id: UUID, member_id: UUID) -> Identifier:
    return Identifier(
        family_id=family_id,
        member_id=member_id,
        system="upn",
        value=f"U{next(_numbers)}",
        of_child=True,
        created_at=NOW,
    )


def an_address(family_id: UUID) -> Address:
    return Address(family_id=family_id, lines=["1 Road"], postcode="DN31 3NB", created_at=NOW)


def an_invitation(family_id: UUID, whom: UUID, by: UUID) -> Invitation:
    return Invitation(
        family_id=family_id,
        agency_id=whom,
        invited_by=by,
        reason="starts there",
        status="open",
        expires_at=NOW,
        created_at=NOW,
    )


def a_read(family_id: UUID, reader: UUID, resource_type: str, resource_id: UUID) -> AuditEntry:
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


def an_alert(family_id: UUID, owner: UUID, audience_kind: str) -> Alert:
    content: dict[str, Any] = {
        "behaviours": [],
        "circumstances": [],
        "scope": "universal",
        "precautions": ["daylight_only"],
        "grounds": {},
        "child_impact": {},
    }
    return Alert(
        id=new_id(),
        family_id=family_id,
        agency_id=owner,
        author_name="A",
        author_job_title="b",
        status="active",
        disputed=False,
        severity="serious",
        subject_kind="animal",
        subject_description="A dog",
        audience_kind=audience_kind,
        published_at=NOW,
        ratify_by=NOW,
        notification="due",
        protect_source=False,
        review_due=date(2027, 1, 1),
        expires_on=date(2027, 2, 1),
        version=1,
        content_version=1,
        **content,
    )


def a_challenge(alert: Alert, agency: UUID) -> Challenge:
    return Challenge(
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=agency,
        raised_by="agency",
        statement="Not so",
        received_on=NOW.date(),
        author_name="A",
        status="received",
        acknowledge_by=NOW.date(),
        version=1,
        created_at=NOW,
    )


def an_engagement(family_id: UUID, agency: UUID) -> list[Any]:
    """One row of each table of engagement."""
    given: dict[str, Any] = {"family_id": family_id, "agency_id": agency}
    by = {**given, "practitioner_name": "A", "practitioner_job_title": "b"}
    new = {**by, "version": 1, "created_at": NOW}
    day = NOW.date()
    answers: dict[str, Any] = {"gathering": {}, "monitoring": {}, "multi_agency_plan": {}}
    child = {"child_seen": False, "child_not_seen_why": "Asleep"}
    contact = {"contact": "office", "took_place": True, "type": "none"}
    return [
        EngagementObservation(
            **new, **contact, **child, observed_on=day, indicators=[], reasons=[]
        ),
        ExpertAdvice(**new, advised_on=day, kind="legal", source="Solicitor", advice="Wait"),
        Inability(**new, **answers, since=day, why="Why", cover="Nobody"),
        AssessmentConstraint(**new, area="other", why="Why", since=day, included="no"),
        EngagementProfile(**given, version=1),
        EngagementVersion(
            **by,
            resource_type="engagement_profile",
            resource_id=family_id,
            number=0,
            content={},
            replaced_at=NOW,
        ),
    ]


def a_review(alert: Alert) -> AlertReview:
    return AlertReview(
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=alert.agency_id,
        outcome="renewed",
        weighed={},
        grounds="Why",
        reviewer_name="A",
        reviewed_at=NOW,
    )


def an_inbox_row(agency: UUID, alert: Alert) -> Inbox:
    return Inbox(
        agency_id=agency,
        position=1_000_000 + next(_numbers),
        event_id=new_id(),
        type="alert.published",
        priority="urgent",
        occurred_at=NOW,
        family_id=alert.family_id,
        resource_type="alert",
        resource_id=alert.id,
        resource_version=1,
    )


def an_audit_entry(agency: UUID, client: UUID) -> AuditEntry:
    return AuditEntry(
        id=new_id(),
        recorded_at=NOW,
        agency_id=agency,
        client_id=client,
        action="alerts.listed",
        outcome="allowed",
        details={},
    )


def a_seal(entry: AuditEntry) -> AuditSeal:
    number = 1_000_000 + next(_numbers)
    return AuditSeal(number=number, entry_id=entry.id, sealed_at=NOW, digest=b"")


def a_subscription(agency: UUID, client: UUID) -> Subscription:
    return Subscription(
        id=new_id(),
        agency_id=agency,
        client_id=client,
        url="http://127.0.0.1:1/",
        event_types=[],
        status="revoked",
        scanned_position=0,
        last_matched=0,
        heartbeat_seconds=300,
        version=1,
        created_at=NOW,
    )


def a_subscription_key(subscription: Subscription) -> SubscriptionKey:
    return SubscriptionKey(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        sealed_secret=b"",
        sealed_private_key=b"",
        public_key="",
        created_at=NOW,
    )


def a_replay(subscription: Subscription) -> ReplayJob:
    return ReplayJob(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        which="all",
        from_position=1,
        to_position=1,
        next_position=1,
        queued=0,
        status="done",
        created_at=NOW,
        version=1,
    )


def a_url_change(subscription: Subscription, person: Practitioner) -> UrlChange:
    return UrlChange(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        url="http://127.0.0.1:1/",
        reason="why",
        status="proposed",
        proposed_at=NOW,
        proposed_by=person.id,
        proposed_by_name="A",
        version=1,
    )


def a_mail(subscription: Subscription) -> WebhookMail:
    return WebhookMail(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        about="held",
        since=NOW,
        queued_at=NOW,
        status="superseded",
        due_at=NOW,
        attempts=0,
    )


def a_delivery(subscription: Subscription) -> Delivery:
    return Delivery(
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        kind="test",
        priority="routine",
        status="cancelled",
        due_at=NOW,
        first_due_at=NOW,
        attempts=0,
    )
