"""Queues a mail with the event that it tells of, for the worker to judge and to send."""

from datetime import datetime

from api.journal.unit_of_work import UnitOfWork
from api.webhooks.mails.rules import PATIENCE
from api.webhooks.models import Subscription, WebhookMail


def queue_mail(
    work: UnitOfWork, subscription: Subscription, about: str, since: datetime | None = None
) -> None:
    """Whether the agency wants mail, and has the service a mail server, is asked when it is due."""
    work.add(
        WebhookMail(
            subscription_id=subscription.id,
            agency_id=subscription.agency_id,
            about=about,
            since=since or work.now,
            queued_at=work.now,
            status="waiting",
            due_at=work.now + PATIENCE[about],
            attempts=0,
        )
    )
