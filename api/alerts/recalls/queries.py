"""Reads of recalls. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, or_, select

from api.agencies.models import Agency
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.alerts.recalls.access import readable_by, stands_in
from api.alerts.recalls.models import Recall, RecallReceipt
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import UnitOfWork


def _readable(work: UnitOfWork) -> Select[Any]:
    """Who may no longer read the alert is not told how it ended."""
    alert = select(Alert.id).where(Alert.id == Recall.id, alert_readable_by(work.agency_id))
    kind = case((exists(alert).correlate_except(Alert), Recall.kind), else_=literal("recalled"))
    return select(
        Recall.id, Recall.id.label("alert_id"), Recall.agency_id, kind.label("kind"),
        Recall.recalled_at,
    ).where(readable_by(work.agency_id))  # fmt: skip


def _receipt_shown(work: UnitOfWork) -> ColumnElement[bool]:
    own = RecallReceipt.agency_id == work.agency_id
    return or_(own, Recall.agency_id == work.agency_id, stands_in(work.agency_id))


async def read_recall(work: UnitOfWork, recall_id: UUID) -> Any:
    """Raises NotFound."""
    found = (await work.session.execute(_readable(work).where(Recall.id == recall_id))).first()
    if found is None:
        raise NotFound
    return found


async def has_receipt(work: UnitOfWork, recall_id: UUID) -> bool:
    """Whether the caller's agency owes a receipt for this recall, or gave one."""
    found = select(RecallReceipt.recall_id).where(
        RecallReceipt.recall_id == recall_id, RecallReceipt.agency_id == work.agency_id
    )
    return await work.session.scalar(found) is not None


async def lock_receipt(work: UnitOfWork, recall_id: UUID) -> RecallReceipt | None:
    """The caller's own, until the commit."""
    found: RecallReceipt | None = await work.session.scalar(
        select(RecallReceipt)
        .where(RecallReceipt.recall_id == recall_id, RecallReceipt.agency_id == work.agency_id)
        .with_for_update()
    )
    return found


async def list_recalls(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, *, outstanding: bool
) -> tuple[list[Any], str | None]:
    """The recalls that concern the caller's agency, newest first; of `outstanding` ones a receipt
    that the caller sees is still owed."""
    query = _readable(work).order_by(Recall.id.desc()).limit(limit + 1)
    if outstanding:
        owed = select(RecallReceipt.recall_id).where(
            RecallReceipt.recall_id == Recall.id,
            RecallReceipt.acknowledged_at.is_(None),
            _receipt_shown(work),
        )
        query = query.where(exists(owed).correlate_except(RecallReceipt))
    if cursor is not None:
        query = query.where(Recall.id < UUID(str(cursors.read(cursor)[0])))
    rows = list(await work.session.execute(query))
    return cut(rows, limit, cursors, by_id)


async def receipts_of(work: UnitOfWork, recalls: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Of each recall every receipt, for the agency that recalled or stands in for it; else the
    caller's own. With whom to ring, as the audience of the alert has it."""
    found = await work.session.execute(
        select(
            RecallReceipt.recall_id,
            RecallReceipt.agency_id,
            Agency.name.label("agency"),
            func.coalesce(Agency.escalation_contact, Agency.emergency_contact).label("contact"),
            RecallReceipt.acknowledge_by,
            RecallReceipt.acknowledged_at,
            RecallReceipt.practitioner_name,
            RecallReceipt.practitioner_job_title,
        )
        .join(Recall, Recall.id == RecallReceipt.recall_id)
        .join(Agency, Agency.id == RecallReceipt.agency_id)
        .where(
            RecallReceipt.recall_id.in_(recalls),
            _receipt_shown(work),
        )
        .order_by(RecallReceipt.agency_id)
    )
    receipts: defaultdict[UUID, list[Any]] = defaultdict(list)
    for each in found:
        receipts[each.recall_id].append(each)
    return receipts
