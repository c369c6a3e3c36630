"""Claim (commit), send outside any transaction, record the attempt (commit).

A claim is a lease of 30 seconds with a fencing token: an attempt is recorded only by who still
holds it, and what a killed worker had claimed is due again when its lease runs out.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, func, literal, select

from api.agencies.models import Agency
from api.foundation import metrics
from api.foundation.crypto import Undecipherable
from api.foundation.ids import new_id
from api.foundation.json import to_json
from api.journal.event_types import readable_now
from api.journal.models import Inbox
from api.journal.rendering import WITHHELD, render
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.webhooks import claims, events, retry
from api.webhooks.destinations import Refused, check_url
from api.webhooks.models import Delivery, Subscription
from api.webhooks.sending import Answer, Sender
from api.webhooks.service import activate_subscription
from api.webhooks.signing import Keys, Signer

LEASE = timedelta(seconds=30)
IN_FLIGHT_EACH = 4
IN_FLIGHT = 64
RECORD_BATCH = 200

log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class Message:
    """A claimed delivery, ready to be sent."""

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


class Courier:
    """Sends what is due, as many as there are slots, and records what came of it."""

    def __init__(self, runtime: Runtime, sender: Sender, epoch: UUID) -> None:
        self._runtime = runtime
        self._sender = sender
        self._epoch = epoch
        self._signers: dict[UUID, Signer] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[dict[str, Any]] = []
        self._recording = asyncio.Lock()
        self.news = asyncio.Event()
        """Set when an attempt has ended, and by whoever knows that something is due."""

    async def step(self) -> int:
        """Records what has ended, claims and starts what is due. Returns how many started."""
        self.news.clear()
        await self.record()
        slots = IN_FLIGHT - len(self._sending)
        if slots <= 0:
            return 0
        messages = await self._claim(slots)
        for message in messages:
            self._start(self._send(message))
        return len(messages)

    async def drain(self) -> None:
        """Waits for everything in flight and records it."""
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        await self.record()

    async def record(self) -> None:
        """Closes the attempts that have ended. What cannot be recorded is sent again."""
        async with self._recording:
            while self._results:
                batch = self._results[:RECORD_BATCH]
                async with self._runtime.database.session() as session:
                    work = UnitOfWork(self._runtime, session, None)
                    given = {"results": to_json(batch).decode()}
                    for subscription_id in list(await session.scalars(claims.RECORD, given)):
                        await activate_subscription(work, subscription_id)
                    await work.commit()
                del self._results[: len(batch)]

    async def sweep(self) -> int:
        """Makes due again what a worker had claimed and never recorded."""
        async with self._runtime.database.session() as session:
            swept = list(await session.scalars(claims.SWEEP, {"now": self._runtime.clock.now()}))
            await session.commit()
        return len(swept)

    def _start(self, sending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(sending)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _claim(self, slots: int) -> list[Message]:
        token, now = new_id(), self._runtime.clock.now()
        async with self._runtime.database.session() as session:
            await session.execute(claims.TAKE_TURN)
            claimed = list(
                await session.scalars(
                    claims.CLAIM,
                    {
                        "each": IN_FLIGHT_EACH,
                        "slots": slots,
                        "token": token,
                        "now": now,
                        "until": now + LEASE,
                    },
                )
            )
            given = {"claimed": claimed}
            rows = list(await session.execute(_details(), given)) if claimed else []
            await session.commit()
        return [self._message(row, token) for row in rows]

    def _message(self, row: Any, token: UUID) -> Message:
        self._remember_signer(row)
        message_id, body = self._body(row)
        return Message(
            id=row.id,
            token=token,
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
        )

    def _remember_signer(self, row: Any) -> None:
        if row.subscription_id in self._signers:
            return
        ring, bound = self._runtime.keyring, f"subscriptions|{row.subscription_id}"
        with contextlib.suppress(Undecipherable):  # a failed attempt, that stops no other's
            keys = Keys(
                ring.decrypt(row.sealed_secret, f"{bound}|secret"),
                ring.decrypt(row.sealed_private_key, f"{bound}|private_key"),
            )
            self._signers[row.subscription_id] = Signer(keys)

    def _body(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The message's id and body. A tombstone has an id of its own: it is another message
        than the event it stands for."""
        if row.kind == "verification":
            data = {
                "subscription_id": row.subscription_id,
                "challenge": challenge(self._runtime, row.id),
            }
            now = self._runtime.clock.now()
            return str(row.id), {"type": events.VERIFICATION, "timestamp": now, "data": data}
        base_url = self._runtime.settings.base_url
        body = render(row, epoch=self._epoch, base_url=base_url)
        body["data"] |= {"previous": row.previous, "subscription_id": row.subscription_id}
        message_id = row.id if body["type"] == WITHHELD else row.event_id
        return str(message_id), body

    async def _send(self, message: Message) -> None:
        started, clock = self._runtime.clock.now(), time.perf_counter()
        answer = await self._attempt(message, int(started.timestamp()))
        duration = int((time.perf_counter() - clock) * 1000)
        metrics.ATTEMPTS.labels(message.priority, answer.outcome).inc()
        if answer.succeeded and message.kind == "event":
            seconds = (self._runtime.clock.now() - message.occurred_at).total_seconds()
            metrics.DELIVERY_SECONDS.labels(message.priority).observe(max(seconds, 0))
        log.info(
            "attempt",
            subscription_id=str(message.subscription_id),
            delivery_id=str(message.id),
            attempt=message.attempt,
            outcome=answer.outcome,
            duration_ms=duration,
        )
        self._results.append(self._result(message, answer, started, duration))
        self.news.set()

    async def _attempt(self, message: Message, timestamp: int) -> Answer:
        loopback = self._runtime.settings.allow_loopback_webhooks
        try:
            check_url(message.url, message.domains, loopback_allowed=loopback)
        except Refused:
            return Answer("destination_refused")
        signer = self._signers.get(message.subscription_id)
        if signer is None:
            return Answer("keys_unreadable")
        headers = signer.headers(message.message_id, timestamp, message.body)
        answer = await self._sender.post(message.url, message.body, headers)
        if message.kind != "verification" or not answer.succeeded:
            return answer
        if _echoes(answer.body, challenge(self._runtime, message.id)):
            return answer
        return Answer("challenge_failed", answer.status)

    def _result(
        self, message: Message, answer: Answer, started: datetime, duration: int
    ) -> dict[str, Any]:
        status, due = "delivered", None
        if not answer.succeeded:
            now = self._runtime.clock.now()
            due = retry.next_attempt(
                message.priority,
                message.attempt,
                message.first_due,
                now,
                chance=random.random(),  # noqa: S311 (jitter, no secret)
                retry_after=retry.read_retry_after(answer.retry_after, now),
            )
            status = "undeliverable" if due is None else "pending"
        return {
            "id": message.id,
            "token": message.token,
            "status": status,
            "due_at": due,
            "started_at": started,
            "duration_ms": duration,
            "http_status": answer.status,
            "outcome": answer.outcome,
        }


@cache
def _details() -> Any:
    """What is sent, with whether the agency may still see it: asked at every attempt. Built when
    it is first needed: by then every domain has registered its resources."""
    readable = readable_now(Delivery.agency_id, Inbox.type, Inbox.resource_type, Inbox.resource_id)
    return (
        select(
            Delivery.id, Delivery.kind, Delivery.priority, Delivery.previous, Delivery.attempts,
            Delivery.first_due_at, Delivery.subscription_id, Subscription.url,
            Agency.webhook_domains,
            Subscription.sealed_secret, Subscription.sealed_private_key, Inbox.position,
            Inbox.event_id, Inbox.type, Inbox.occurred_at, Inbox.family_id, Inbox.resource_type,
            Inbox.resource_id, Inbox.resource_version,
            func.coalesce(readable, literal(False)).label("readable"),
        )
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .join(Agency, Agency.id == Delivery.agency_id)
        .outerjoin(
            Inbox,
            and_(Inbox.agency_id == Delivery.agency_id, Inbox.position == Delivery.position),
        )
        .where(Delivery.id == any_(bindparam("claimed", type_=ARRAY(Uuid))))
        .order_by(Delivery.priority.desc(), Delivery.attempts, Delivery.position)
    )  # fmt: skip


def challenge(runtime: Runtime, delivery_id: UUID) -> str:
    return runtime.keyring.sign(delivery_id.bytes, "challenge")


def _echoes(body: bytes, expected: str) -> bool:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(given, dict) and given.get("challenge") == expected
