"""Writes on acknowledgements: what is owed, and what is given."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from api.agencies.queries import acting_person
from api.alerts import events, queries, rules
from api.alerts.acknowledgements.models import AcknowledgementDuty, AlertAcknowledgement
from api.alerts.acknowledgements.schemas import Acknowledge
from api.alerts.recalls.queries import has_receipt
from api.foundation.errors import Conflict
from api.foundation.ids import new_id
from api.journal.unit_of_work import UnitOfWork

# Who comes back owes anew.
_OWE = text(
    """
    INSERT INTO acknowledgement_duties (alert_id, agency_id, family_id, since, due_at)
    SELECT CAST(:alert AS uuid), agency, CAST(:family AS uuid), CAST(:now AS timestamptz),
           CAST(:due AS timestamptz)
      FROM unnest(CAST(:agencies AS uuid[])) AS agency
    ON CONFLICT (alert_id, agency_id) DO UPDATE
       SET since = excluded.since, due_at = excluded.due_at,
           acknowledged_at = NULL, escalated_at = NULL, delivery_checked_at = NULL
    """
)


def due_at(work: UnitOfWork, severity: str) -> datetime:
    """By when somebody who is told now has to have taken note."""
    settings = work.runtime.settings
    return rules.acknowledge_by(
        work.now,
        urgent=severity in rules.URGENT,
        urgent_minutes=settings.acknowledge_urgent_minutes,
        routine_working_days=settings.acknowledge_routine_working_days,
    )


async def owe_acknowledgements(work: UnitOfWork, alert: Any, agencies: Collection[UUID]) -> None:
    """These agencies have been sent the alert, and are to take note of it."""
    given = {"alert": alert.id, "family": alert.family_id, "agencies": sorted(agencies)}
    due = due_at(work, alert.severity)
    await work.run(_OWE, given | {"now": work.now, "due": due})


async def _ended(work: UnitOfWork, alert: Any) -> Conflict:
    """The refusal of an acknowledgement that comes too late; it names what is owed instead."""
    said, extra = "The alert is no longer in force.", {"alert_status": alert.status}
    if not await has_receipt(work, alert.id):
        return Conflict(said, extra=extra)
    recall = f"/v1/recalls/{alert.id}"
    return Conflict(
        f"The alert is no longer in force: acknowledge its recall, {recall}.",
        extra={**extra, "recall": recall},
    )


async def acknowledge_alert(
    work: UnitOfWork, alert_id: UUID, body: Acknowledge
) -> AlertAcknowledgement:
    """By a named practitioner of the caller's agency, of the content as it stands. Raises
    Conflict for an alert that has ended: its recall is acknowledged instead."""
    alert = await queries.read_alert(work, alert_id)
    if alert.status not in rules.LIVE:
        raise await _ended(work, alert)
    person = await acting_person(work, body.practitioner, "/practitioner")
    acknowledgement = AlertAcknowledgement(
        id=new_id(),
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=work.agency_id,
        content_version=alert.content_version,
        practitioner_id=person.id,
        practitioner_name=person.name,
        practitioner_job_title=person.job_title,
        acted_on=body.acted_on,
        acknowledged_at=work.now,
    )
    work.add(acknowledgement)
    await work.session.execute(
        update(AcknowledgementDuty)
        .where(
            AcknowledgementDuty.alert_id == alert.id,
            AcknowledgementDuty.agency_id == work.agency_id,
            AcknowledgementDuty.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=work.now)
    )
    work.record(events.ACKNOWLEDGED, queries.about(alert), to=[alert.agency_id])
    return acknowledgement
