"""An event as its recipients see it: the same in the feed and in a webhook's body."""

from typing import Any
from uuid import UUID

from api.journal.event_types import EVENT_TYPES, RESOURCES, Entitlement

WITHHELD = "event.withheld"


def render(row: Any, *, epoch: UUID, base_url: str) -> dict[str, Any]:
    """`row` holds the columns of an inbox row and `readable`: whether the agency may see the
    whole of it now. If not, a receipt keeps the resource's id and says that it has ended; any
    other event becomes a content-free tombstone, so that the positions have no hole."""
    if row.readable:
        return _event(row, row.type, epoch, row.event_id, row.family_id, _resource(row, base_url))
    declared = EVENT_TYPES.get(row.type)
    if declared is None or declared.entitlement is not Entitlement.RECEIPT:
        return _event(row, WITHHELD, epoch, None, None, None)
    bare = {"type": row.resource_type, "id": row.resource_id, "version": None, "url": None}
    if declared.receipt is None:
        return _event(row, row.type, epoch, row.event_id, None, bare)
    bare["url"] = f"{base_url}{declared.receipt.path}/{row.resource_id}"
    return _event(row, declared.receipt.name, epoch, row.event_id, None, bare)


def _event(
    row: Any,
    event_type: str,
    epoch: UUID,
    event_id: UUID | None,
    family_id: UUID | None,
    resource: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "type": event_type,
        "timestamp": row.occurred_at,
        "data": {
            "event_id": event_id,
            "epoch": epoch,
            "position": row.position,
            "priority": row.priority,
            "family_id": family_id,
            "resource": resource,
        },
    }


def _resource(row: Any, base_url: str) -> dict[str, Any]:
    known = RESOURCES.get(row.resource_type)
    address = known.address(row.resource_id) if known else None
    return {
        "type": row.resource_type,
        "id": row.resource_id,
        "version": row.resource_version,
        "url": f"{base_url}{address}" if address else None,
    }
