"""Recalls: what was taken back, and the receipts for it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.alerts.recalls import queries, service
from api.alerts.recalls.schemas import (
    AcknowledgeRecall,
    RecallList,
    RecallResponse,
    ReceiptResponse,
)
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import Work, requires
from api.journal.unit_of_work import Subject

router = APIRouter(prefix="/v1/recalls", tags=["Recalls"])

READ = [requires(Permission.ALERT_READ)]


@router.get("", dependencies=READ, responses=problems())
async def list_recalls(
    work: Work,
    outstanding: Annotated[bool, Query(description="Only those with a receipt owed.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RecallList:
    """What the agency recalled, and what was recalled from it, newest alert first."""
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"recalls|{outstanding}")
    rows, following = await queries.list_recalls(
        work, cursors, cursor, limit, outstanding=outstanding
    )
    work.note("recalls.listed", None, details={"recalls": [str(row.id) for row in rows]})
    receipts = await queries.receipts_of(work, [row.id for row in rows])
    page = RecallList(items=[_recall(row, receipts[row.id]) for row in rows], next=following)
    given = {"outstanding": str(outstanding).lower()}
    return work.answer(200, page, headers=link("/v1/recalls", following, limit, given))


@router.get("/{recall_id}", summary="Read a recall", dependencies=READ, responses=problems(404))
async def get_recall(recall_id: UUID, work: Work) -> RecallResponse:
    """That an alert was recalled, and whether this agency has said that it knows; every receipt
    for the agency that recalled. Open to every agency once told, also when it has left since."""
    recall = await queries.read_recall(work, recall_id)
    work.disclosed(Subject("recall", recall.id))
    receipts = await queries.receipts_of(work, [recall.id])
    return work.answer(200, _recall(recall, receipts[recall.id]))


@router.post(
    "/{recall_id}/acknowledgements",
    summary="Acknowledge a recall",
    status_code=201,
    dependencies=[requires(Permission.ALERT_ACKNOWLEDGE)],
    responses=problems(404, 409, 422),
)
async def acknowledge_recall(
    recall_id: UUID, body: AcknowledgeRecall, work: Work
) -> ReceiptResponse:
    """The agency has taken the alert out of its own records and told those who work from them,
    through a named practitioner. Reminders end."""
    await service.acknowledge_recall(work, recall_id, body)
    await work.session.flush()
    shown = (await queries.receipts_of(work, [recall_id]))[recall_id]
    receipt = next(each for each in shown if each.agency_id == work.agency_id)
    headers = {"Location": f"/v1/recalls/{recall_id}"}
    about = Subject("recall", recall_id)
    return work.answer(201, _receipt(receipt), headers=headers, about=about)


def _recall(recall: Any, receipts: list[Any]) -> RecallResponse:
    return RecallResponse(
        id=recall.id,
        alert_id=recall.alert_id,
        kind=recall.kind,
        recalled_at=recall.recalled_at,
        outstanding=sum(1 for each in receipts if each.acknowledged_at is None),
        receipts=[_receipt(each) for each in receipts],
    )


def _receipt(receipt: Any) -> ReceiptResponse:
    person = None
    if receipt.practitioner_name is not None:
        person = {
            "name": receipt.practitioner_name,
            "job_title": receipt.practitioner_job_title,
        }
    return ReceiptResponse.model_validate(
        {
            "agency_id": receipt.agency_id,
            "agency": receipt.agency,
            "acknowledge_by": receipt.acknowledge_by,
            "acknowledged_at": receipt.acknowledged_at,
            "practitioner": person,
            "contact": receipt.contact,
        }
    )
