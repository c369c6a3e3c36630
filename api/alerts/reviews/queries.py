"""Reads of reviews."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from api.alerts.reviews.models import AlertReview
from api.journal.unit_of_work import UnitOfWork


async def list_reviews(work: UnitOfWork, alert_id: UUID) -> Iterable[AlertReview]:
    """Of an alert that the caller reads, oldest first."""
    return await work.session.scalars(
        select(AlertReview).where(AlertReview.alert_id == alert_id).order_by(AlertReview.id)
    )
