"""JSON Schemas of every message: for the `webhooks` of the OpenAPI document, and as one file for
whoever does without it. Strict: a member that is not named here is none."""

from typing import Any

from api.journal.event_types import EVENT_TYPES, RESOURCES, Entitlement, EventType
from api.journal.rendering import WITHHELD
from api.webhooks.events import HEARTBEAT, MOVED, TEST, VERIFICATION

Schema = dict[str, Any]

ID = "urn:doorstep:events"
_UUID: Schema = {"type": "string", "format": "uuid"}
_POSITION: Schema = {"type": "integer", "minimum": 0}
_NULL: Schema = {"type": "null"}
_EPOCH = _UUID | {"description": "Of the service: another one means that positions start anew."}
_WITHHELD = "In the place of an event that the agency may no longer read. Content-free."
_FOR_A_WEBHOOK: Schema = {
    "previous": _POSITION
    | {
        "description": "The position before it in this subscription: another one that you "
        "have not seen means that one is missing or still on its way."
    },
    "subscription_id": _UUID,
}
_OF_A_SUBSCRIPTION: dict[str, tuple[str, Schema]] = {
    VERIFICATION: (
        'Sent first. Answer 200 with `{"challenge": "…"}`, repeating `data.challenge`.',
        {"challenge": {"type": "string"}},
    ),
    TEST: ("Asked for by the owner, to see that messages arrive.", {}),
    HEARTBEAT: (
        "Every `heartbeat_seconds`: silence that lasts longer is a failure.",
        {
            "epoch": _EPOCH,
            "last_position": _POSITION
            | {"description": "The last one that was queued for this subscription."},
        },
    ),
    MOVED: ("To the address before: messages go to another one from now on.", {}),
}


def descriptions() -> dict[str, str]:
    """Every type that a receiver may be sent, in order."""
    described = {name: each.description for name, each in EVENT_TYPES.items()}
    described |= {name: text for name, (text, _) in _OF_A_SUBSCRIPTION.items()}
    return dict(sorted({**described, WITHHELD: _WITHHELD}.items()))


def document() -> Schema:
    """One schema for whatever comes, by webhook or from the feed, and one for each type."""
    schemas = {name: _schema_of(name, text) for name, text in descriptions().items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Messages of Doorstep",
        "description": "The body of a webhook, and an item of the feed.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in schemas],
        "$defs": schemas,
    }


def _schema_of(name: str, description: str) -> Schema:
    body = webhook_schema(name)
    if name not in _OF_A_SUBSCRIPTION:
        body["properties"]["data"] = _object(
            _event_data(name), _FOR_A_WEBHOOK, "By webhook with both, in the feed with neither."
        )
    return {"description": description, **body}


def webhook_schema(name: str) -> Schema:
    """The body of one type, as it is posted."""
    if name in _OF_A_SUBSCRIPTION:
        data = {"subscription_id": _UUID, **_OF_A_SUBSCRIPTION[name][1]}
    else:
        data = _event_data(name) | _FOR_A_WEBHOOK
    return _object(
        {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _object(data),
        }
    )


def _object(
    members: Schema, together: Schema | None = None, description: str | None = None
) -> Schema:
    """An object of just these members; those of `together` all of them or none."""
    made: Schema = {
        "type": "object",
        "required": list(members),
        "properties": members | (together or {}),
        "additionalProperties": False,
    }
    if together:
        made["dependentRequired"] = {
            name: [each for each in together if each != name] for name in together
        }
    return made | ({"description": description} if description else {})


def _event_data(name: str) -> Schema:
    declared = EVENT_TYPES.get(name)
    return {
        "event_id": _UUID if declared else _NULL,
        "epoch": _EPOCH,
        "position": {"type": "integer", "minimum": 1, "description": "In the agency's feed."},
        "priority": {"enum": ["urgent", "routine"]},
        "family_id": _or_null(_UUID) if declared else _NULL,
        "resource": _resource(declared) if declared else _NULL,
    }


def _resource(declared: EventType) -> Schema:
    """What the event is about. A receipt keeps the id alone where it is no longer readable."""
    url: Schema = {"type": "string", "format": "uri"}
    if declared.entitlement is Entitlement.RECEIPT:
        url = _or_null(url)
    elif RESOURCES[declared.resource].path is None:
        url = _NULL
    return _object(
        {
            "type": {"const": declared.resource},
            "id": _UUID,
            "version": {"type": ["integer", "null"]},
            "url": url,
        }
    )


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}
