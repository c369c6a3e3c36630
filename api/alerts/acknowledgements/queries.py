"""Reads of acknowledgements, and of what became of an alert at each agency."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, and_, func, select, text

from api.agencies.models import Agency
from api.alerts.acknowledgements.models import AcknowledgementDuty, AlertAcknowledgement
from api.alerts.recalls.models import RecallReceipt
from api.journal.unit_of_work import UnitOfWork

_MOMENT = DateTime(timezone=True)
_REACHED = (
    text("SELECT * FROM alert_audience(:alert)")
    .columns(agency_id=Uuid, addressed_at=_MOMENT, told_at=_MOMENT, read_at=_MOMENT)
    .subquery("reached")
)
_AUDIENCE = (
    select(
        _REACHED,
        Agency.name.label("agency"),
        func.coalesce(Agency.escalation_contact, Agency.emergency_contact).label("contact"),
        AcknowledgementDuty.due_at.label("acknowledge_by"),
        AcknowledgementDuty.acknowledged_at,
        AcknowledgementDuty.escalated_at,
        RecallReceipt.acknowledged_at.label("recall_acknowledged_at"),
    )
    .join(Agency, Agency.id == _REACHED.c.agency_id)
    .outerjoin(
        AcknowledgementDuty,
        and_(
            AcknowledgementDuty.alert_id == text(":alert"),
            AcknowledgementDuty.agency_id == _REACHED.c.agency_id,
        ),
    )
    .outerjoin(
        RecallReceipt,
        and_(
            RecallReceipt.recall_id == text(":alert"),
            RecallReceipt.agency_id == _REACHED.c.agency_id,
        ),
    )
    .order_by(Agency.name)
)


async def list_acknowledgements(work: UnitOfWork, alert: Any) -> Iterable[AlertAcknowledgement]:
    """All of them for the owner; for any other agency its own."""
    query = select(AlertAcknowledgement).where(AlertAcknowledgement.alert_id == alert.id)
    if alert.agency_id != work.agency_id:
        query = query.where(AlertAcknowledgement.agency_id == work.agency_id)
    return await work.session.scalars(query.order_by(AlertAcknowledgement.id))


async def audience_of(work: UnitOfWork, alert_id: UUID) -> list[Any]:
    """What became of an alert of the caller's own at every agency that it ever reached: through
    the door `alert_audience`."""
    return list(await work.session.execute(_AUDIENCE, {"alert": alert_id}))
