"""The `webhooks` section of the OpenAPI document: one entry for each event type."""

from typing import Any

from api.journal.event_types import EVENT_TYPES
from api.webhooks.events import VERIFICATION

_ID = {"type": "string", "format": "uuid"}
_MAYBE_ID = {"type": ["string", "null"], "format": "uuid"}
_HEADERS = {
    "webhook-id": "The same for every attempt: remember it, and take each message once.",
    "webhook-timestamp": "Seconds since 1970, of this attempt. Refuse what is 5 minutes off.",
    "webhook-signature": "`v1,…` (HMAC-SHA256) and `v1a,…` (Ed25519) over `id.timestamp.body`.",
}
_DATA = {
    "type": "object",
    "required": [
        "event_id", "epoch", "position", "previous", "priority", "subscription_id",
        "family_id", "resource",
    ],
    "properties": {
        "event_id": _MAYBE_ID,
        "epoch": _ID,
        "position": {"type": "integer", "description": "In the agency's feed."},
        "previous": {
            "type": "integer",
            "description": "The position before it in this subscription: another one that you "
            "have not seen means that one is missing or still on its way.",
        },
        "priority": {"enum": ["urgent", "routine"]},
        "subscription_id": _ID,
        "family_id": _MAYBE_ID,
        "resource": {
            "type": ["object", "null"],
            "required": ["type", "id", "version", "url"],
            "properties": {
                "type": {"type": "string"},
                "id": _ID,
                "version": {"type": ["integer", "null"]},
                "url": {"type": ["string", "null"], "format": "uri"},
            },
        },
    },
}  # fmt: skip
_CHALLENGE = {
    "type": "object",
    "required": ["subscription_id", "challenge"],
    "properties": {"subscription_id": _ID, "challenge": {"type": "string"}},
}


def body_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one type's body."""
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _CHALLENGE if name == VERIFICATION else _DATA,
        },
    }


def webhooks() -> dict[str, Any]:
    described = {name: each.description for name, each in EVENT_TYPES.items()}
    described[VERIFICATION] = (
        'Sent first. Answer 200 with `{"challenge": "…"}`, repeating `data.challenge`.'
    )
    described["event.withheld"] = (
        "In the place of an event that the agency may no longer read. Content-free."
    )
    return {name: {"post": _operation(name, text)} for name, text in sorted(described.items())}


def _operation(name: str, description: str) -> dict[str, Any]:
    return {
        "operationId": f"receive_{name.replace('.', '_')}",
        "tags": ["Webhooks"],
        "summary": name,
        "description": description,
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
            }
            for header, text in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body_schema(name)}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again."},
        },
    }
