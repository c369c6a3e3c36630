"""What must be known of recorded attempts beyond their log: what was withheld, and given up."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, and_, func, select

from api.alerts import events as alerts
from api.alerts.access import readable_by
from api.alerts.models import Alert
from api.journal.models import Inbox
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import events
from api.webhooks.mails.queueing import queue_mail
from api.webhooks.models import Delivery


async def account_for(work: UnitOfWork, closed: Sequence[Any]) -> None:
    """`closed` are the attempts that were recorded."""
    for each in closed:
        if each.withheld:
            about = Subject("subscription", each.subscription_id)
            details = {"delivery": str(each.id), "agency": str(each.agency_id)}
            work.note("webhook.withheld", about, details=details)
    given_up = [each for each in closed if each.status == "undeliverable" and each.kind == "event"]
    if given_up:
        _tell_owners(work, given_up)
        await _tell_publishers(work, [each.id for each in given_up])


def _tell_owners(work: UnitOfWork, given_up: Sequence[Any]) -> None:
    """However the subscription is by now: held, nothing would say so later."""
    for subscription_id, agency_id in sorted({(e.subscription_id, e.agency_id) for e in given_up}):
        about = Subject("subscription", subscription_id)
        work.record(events.UNDELIVERABLE, about, to=[agency_id])
        queue_mail(work, subscription_id, agency_id, "undeliverable")


async def _tell_publishers(work: UnitOfWork, deliveries: Collection[UUID]) -> None:
    """The owner of an alert, which may see whom it reaches, is told that it has not reached an
    agency; not where that agency has learnt of it otherwise."""
    told = func.is_told(Alert.id, Delivery.agency_id, type_=Boolean)
    found = await work.session.execute(
        select(Alert.id, Alert.family_id, Alert.version, Alert.agency_id.label("owner"),
               Delivery.agency_id.label("untold"))
        .join(Inbox, and_(Inbox.resource_type == "alert", Inbox.resource_id == Alert.id))
        .join(Delivery, and_(Delivery.agency_id == Inbox.agency_id,
                             Delivery.position == Inbox.position))
        .where(Delivery.id.in_(deliveries), Alert.agency_id != Delivery.agency_id, ~told,
               readable_by(Delivery.agency_id))
        .distinct()
    )  # fmt: skip
    for each in found:
        subject = Subject("alert", each.id, each.family_id, each.version)
        details = {"agency": str(each.untold)}
        work.record(alerts.UNDELIVERABLE, subject, to=[each.owner], details=details)
