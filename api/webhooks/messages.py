"""What is sent of a claimed delivery: its body, under which id, and who signs it."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.foundation.crypto import Undecipherable
from api.foundation.json import to_json
from api.foundation.sealing import row_of
from api.journal.rendering import WITHHELD, render
from api.journal.runtime import Runtime
from api.webhooks import events
from api.webhooks.models import SubscriptionKey
from api.webhooks.signing import Keys, Signer

_OWN = {
    "verification": events.VERIFICATION,
    "test": events.TEST,
    "heartbeat": events.HEARTBEAT,
    "moved": events.MOVED,
}


@dataclass(frozen=True)
class Message:
    """A claimed delivery, ready to be sent. Without a signer its keys cannot be read."""

    id: UUID
    token: UUID
    subscription_id: UUID
    url: str
    domains: tuple[str, ...]
    kind: str
    priority: str
    attempt: int
    first_due: datetime
    occurred_at: datetime
    message_id: str
    body: bytes
    signer: Signer | None
    withheld: bool
    replayed: bool


class Composer:
    """Makes messages of claimed rows, and remembers who signs for each subscription."""

    def __init__(self, runtime: Runtime, epoch: UUID) -> None:
        self._runtime = runtime
        self._epoch = epoch
        self._signers: dict[UUID, tuple[list[UUID], Signer]] = {}

    def message(self, row: Any) -> Message:
        message_id, body = self._body(row)
        return Message(
            id=row.id,
            token=row.lease_token,
            subscription_id=row.subscription_id,
            url=row.url,
            domains=tuple(row.webhook_domains),
            kind=row.kind,
            priority=row.priority,
            attempt=row.attempts,
            first_due=row.first_due_at,
            occurred_at=row.occurred_at or row.first_due_at,
            message_id=message_id,
            body=to_json(body),
            signer=self._signer(row),
            withheld=body["type"] == WITHHELD,
            replayed=row.replayed,
        )

    def _signer(self, row: Any) -> Signer | None:
        """Anew when the keys are other ones than last time. Keys that cannot be read fail this
        attempt, and stop no other's; without any, nothing leaves unsigned."""
        if row.key_ids is None:
            return None
        known = self._signers.get(row.subscription_id)
        if known is not None and known[0] == row.key_ids:
            return known[1]
        self._signers.pop(row.subscription_id, None)
        ring, of = self._runtime.keyring, {"subscription_id": row.subscription_id}
        with contextlib.suppress(Undecipherable):
            keys = [
                Keys(
                    ring.decrypt(secret, row_of(SubscriptionKey.sealed_secret, **of)),
                    ring.decrypt(private, row_of(SubscriptionKey.sealed_private_key, **of)),
                )
                for secret, private in zip(row.secrets, row.private_keys, strict=True)
            ]
            self._signers[row.subscription_id] = row.key_ids, Signer(keys)
            return self._signers[row.subscription_id][1]
        return None

    def _body(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The message's id and body. A tombstone has an id of its own: it is another message
        than the event it stands for."""
        if row.kind != "event":
            return str(row.id), self._own_message(row)
        base_url = self._runtime.settings.base_url
        body = render(row, epoch=self._epoch, base_url=base_url)
        body["data"] |= {"previous": row.previous, "subscription_id": row.subscription_id}
        message_id = row.id if body["type"] == WITHHELD else row.event_id
        return str(message_id), body

    def _own_message(self, row: Any) -> dict[str, Any]:
        """About the subscription itself, made anew at each attempt."""
        data: dict[str, Any] = {"subscription_id": row.subscription_id}
        if row.kind == "verification":
            data["challenge"] = challenge(self._runtime, row.id)
        if row.kind == "heartbeat":
            data |= {"epoch": self._epoch, "last_position": row.last_matched}
        return {"type": _OWN[row.kind], "timestamp": self._runtime.clock.now(), "data": data}


def challenge(runtime: Runtime, delivery_id: UUID) -> str:
    return runtime.keyring.sign(delivery_id.bytes, "challenge")
