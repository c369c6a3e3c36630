"""Writes on recalls: recalling an alert, and acknowledging that it was recalled."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.agencies.queries import acting_person
from api.alerts import events
from api.alerts.acknowledgements.service import due_at
from api.alerts.events import priority_of
from api.alerts.models import Alert
from api.alerts.queries import about, extensions_of
from api.alerts.recalls import queries
from api.alerts.recalls.models import Recall, RecallReceipt
from api.alerts.recalls.schemas import AcknowledgeRecall
from api.alerts.rules import RECALLING, Act
from api.foundation.errors import Conflict
from api.journal.audiences import recipients_of
from api.journal.unit_of_work import Subject, UnitOfWork

_EVENTS = {
    Act.WITHDRAW: events.WITHDRAWN,
    Act.SUPERSEDE: events.SUPERSEDED,
    Act.ENTER_IN_ERROR: events.ENTERED_IN_ERROR,
}


async def recall_alert(work: UnitOfWork, alert: Alert, act: Act) -> None:
    """Tells everybody who was ever told or ever read it, and opens a receipt for each. Owners of
    extensions learn that what they extended was recalled."""
    event_type, priority = _EVENTS[act], priority_of(alert.severity)
    recipients = await recipients_of(work.session, event_type, alert.id)
    recall = Recall(
        id=alert.id, agency_id=work.agency_id, kind=RECALLING[act], recalled_at=work.now
    )
    work.add(recall)
    await work.session.flush()  # the receipts refer to it
    due = due_at(work, alert.severity)
    for agency_id in sorted(recipients - {work.agency_id}):
        work.add(RecallReceipt(**owed(alert.id, agency_id, due)))
    work.record(event_type, about(alert), priority=priority, to=recipients)
    for each in await extensions_of(work, alert.id):
        extension = Subject("alert", each.id)  # on a record that the caller need not read
        lane = priority_of(each.severity)
        owner = [each.agency_id]
        work.record(events.ORIGIN_RECALLED, extension, priority=lane, to=owner, unseen=True)


def owed(recall_id: UUID, agency_id: UUID, due: datetime) -> dict[str, Any]:
    """A receipt that the agency owes from now on."""
    key = {"recall_id": recall_id, "agency_id": agency_id}
    return {**key, "acknowledge_by": due, "due_at": due, "reminders": 0}


async def acknowledge_recall(work: UnitOfWork, recall_id: UUID, body: AcknowledgeRecall) -> None:
    """By a named practitioner, once. Raises NotFound for a recall that does not concern the
    caller, Conflict for the agency that recalled, and for a second acknowledgement."""
    recall = await queries.read_recall(work, recall_id)
    receipt = await queries.lock_receipt(work, recall_id)
    if receipt is None:
        raise Conflict("The agency recalled the alert itself.")
    if receipt.acknowledged_at is not None:
        raise Conflict("The recall is acknowledged already.")
    person = await acting_person(work, body.practitioner, "/practitioner")
    receipt.acknowledged_at = work.now
    receipt.practitioner_id = person.id
    receipt.practitioner_name = person.name
    receipt.practitioner_job_title = person.job_title
    work.record(events.RECALL_ACKNOWLEDGED, Subject("alert", recall.id), to=[recall.agency_id])
