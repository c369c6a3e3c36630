"""A partnership made at random, as rows, past every rule: also what the service never makes."""

import itertools
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.models import Alert, AlertAcknowledgement, AlertRecipient, AlertTransition
from api.families.models import (
    Address,
    Contest,
    Family,
    Identifier,
    Invitation,
    Involvement,
    Member,
)
from api.foundation.ids import new_id
from api.journal.models import AuditEntry, AuditSeal, Inbox
from api.webhooks.models import Delivery, Subscription

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
_numbers = itertools.count(1)


async def scatter(
    session: AsyncSession, chance: Random, clients: dict[UUID, UUID], families: int
) -> None:
    """`clients`: each agency with a client of it."""
    agencies = list(clients)
    for agency in agencies:
        session.add(subscription := a_subscription(agency, clients[agency]))
        await session.flush()
        session.add(a_delivery(subscription))
        session.add(entry := an_audit_entry(agency, clients[agency]))
        await session.flush()
        session.add(a_seal(entry))
    for _ in range(families):
        await _add_family(session, chance, agencies)
    await session.commit()


async def _add_family(session: AsyncSession, chance: Random, agencies: list[UUID]) -> None:
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
    for _ in range(3):
        await _add_alert(session, chance, family.id, agencies)


async def _add_alert(
    session: AsyncSession, chance: Random, family_id: UUID, agencies: list[UUID]
) -> None:
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
    session.add(AlertTransition(**given, version=1, to_status="active", at=NOW))


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
        warnings_sent=0,
        review_due=date(2027, 1, 1),
        expires_on=date(2027, 2, 1),
        version=1,
        content_version=1,
        **content,
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
        sealed_secret=b"",
        sealed_private_key=b"",
        public_key="",
        scanned_position=0,
        last_matched=0,
        version=1,
        created_at=NOW,
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
