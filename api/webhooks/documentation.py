"""The `webhooks` section of the OpenAPI document: one entry for each type of message."""

from typing import Any

from api.webhooks.event_schemas import descriptions, webhook_schema

_HEADERS = {
    "webhook-id": "The same for every attempt: remember it, and take each message once.",
    "webhook-timestamp": "Seconds since 1970, of this attempt. Refuse what is 5 minutes off.",
    "webhook-signature": "`v1,…` (HMAC-SHA256) and `v1a,…` (Ed25519) over `id.timestamp.body`.",
}


def webhooks() -> dict[str, Any]:
    return {name: {"post": _operation(name, text)} for name, text in descriptions().items()}


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
            "content": {"application/json": {"schema": webhook_schema(name)}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again."},
        },
    }
