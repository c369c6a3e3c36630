"""Queues a mail with the event that it tells of, for the worker to judge and to send."""

from datetime import datetime
from uuid import UUID

from api.journal.unit_of_work import UnitOfWork
from api.webhooks.mails.rules import PATIENCE
from api.webhooks.models import WebhookMail


def queue_mail(
    work: UnitOfWork,
    subscription_id: UUID,
    agency_id: UUID,
    about: str,
    since: datetime | None = None,
) -> None:
    """Whether the agency wants mail, and has the service a mail server, is asked when it is due."""
    work.add(
        WebhookMail(
            subscription_id=subscription_id,
            agency_id=agency_id,
            about=about,
            since=since or work.now,
            queued_at=work.now,
            status="waiting",
            due_at=work.now + PATIENCE[about],
            attempts=0,
        )
    )
