"""Subscriptions of the agencies of a service, and everything that each was told."""

import asyncio
import base64
import hmac
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.faults.service import PATIENCE_SECONDS, Service
from tests.posting import revoke, subscribe
from tests.receivers import Behaviour, Receiver, Request, receiver, take
from tests.world import Caller

START = "SELECT position - 1 FROM inbox WHERE type = 'webhook.created' AND resource_id = $1"
UNFINISHED = """
    SELECT count(*) FROM subscriptions s JOIN inbox_counters c USING (agency_id)
     WHERE s.id = ANY ($1) AND (
           s.scanned_position < c.last_position
           OR EXISTS (SELECT FROM deliveries d WHERE d.subscription_id = s.id
                         AND d.status IN ('pending', 'sending')))
"""
HURRY = """
    WITH due AS (
        UPDATE deliveries SET due_at = now()
         WHERE subscription_id = ANY ($1) AND status = 'pending' AND due_at > now()
    )
    UPDATE endpoint_health SET open_until = now()
     WHERE subscription_id = ANY ($1) AND open_until > now()
"""


@dataclass
class Key:
    """What signs for a time; `until` is None while nobody has ended it."""

    secret: bytes
    public: Ed25519PublicKey
    since: float
    until: float | None = None

    @classmethod
    def shown(cls, answer: dict[str, Any], since: float) -> "Key":
        """As the answer to a creation or a rotation shows it."""
        public = base64.b64decode(answer["public_key"].removeprefix("whpk_"))
        secret = base64.b64decode(answer["secret"].removeprefix("whsec_"))
        return cls(secret, Ed25519PublicKey.from_public_bytes(public), since)

    def signed(self, message: Request) -> bool:
        """Whether both of its signatures are there."""
        text = f"{message.message_id}.{message.headers['webhook-timestamp']}.".encode()
        text += message.body
        given = message.headers["webhook-signature"].split(" ")
        own = base64.b64encode(hmac.digest(self.secret, text, "sha256")).decode()
        return f"v1,{own}" in given and any(
            self._verifies(each, text) for each in given if each.startswith("v1a,")
        )

    def _verifies(self, signature: str, text: bytes) -> bool:
        try:
            self.public.verify(base64.b64decode(signature.removeprefix("v1a,")), text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Absence:
    """When an agency was away from a family. It asked to leave, was told that it had, and then
    nothing was in flight that had been claimed before: it is `gone` until it asks to return."""

    family_id: str
    asked: float
    left: float
    gone: float
    returning: float
    back: float


@dataclass
class Subscriber:
    """An agency's subscription to everything, from after the position `start`."""

    kind: str
    who: Caller
    receiving: Receiver
    id: str
    start: int
    keys: list[Key]
    absences: list[Absence] = field(default_factory=list)

    @property
    def messages(self) -> list[Request]:
        """What came of the inbox, and not of the subscription itself."""
        return [each for each in self.receiving.requests if "position" in each.data]

    @property
    def positions(self) -> set[int]:
        return {each.data["position"] for each in self.messages}


@asynccontextmanager
async def subscriber(
    service: Service, kind: str, behaviour: Behaviour | None = None
) -> AsyncIterator[Subscriber]:
    """Active when a worker runs: its receiver has answered the challenge."""
    who = service.world.people[f"{kind}_system"]
    async with receiver(behaviour) as receiving:
        since = time.time()
        made = await subscribe(who, receiving.url)
        async with service.superuser() as connection:
            start = await connection.fetchval(START, UUID(made["id"]))
        await receiving.until(lambda each: "webhook.activated" in each.types)
        keys = [Key.shown(made, since)]
        yield Subscriber(kind, who, receiving, made["id"], start, keys)
        await revoke(who, made)


def taking_time(chance: random.Random) -> Behaviour:
    """Takes everything, so slowly that something is always in flight."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(chance.uniform(0, 0.05))
        await take(request, writer)

    return behave


async def hurry(superuser: Any, subscribers: Sequence[Subscriber]) -> None:
    """No retry and no probe waits for its time."""
    await superuser.execute(HURRY, [UUID(each.id) for each in subscribers])


async def settled(
    service: Service, subscribers: Sequence[Subscriber], *, hurried: bool = False
) -> None:
    """Returns once nothing waits for them any more."""
    ids = [UUID(each.id) for each in subscribers]
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with service.superuser() as superuser:
        while await superuser.fetchval(UNFINISHED, ids):
            if hurried:
                await hurry(superuser, subscribers)
            assert time.monotonic() < deadline, f"never delivered: {service.worker.said()}"
            await asyncio.sleep(0.02)
