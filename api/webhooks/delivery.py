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
from sqlalchemy import (
    ARRAY,
    DateTime,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.selectable import LateralFromClause

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
from api.webhooks import breaker, claims, events, retry
from api.webhooks.destinations import Refused, check_url
from api.webhooks.health import note_outcomes
from api.webhooks.models import Delivery, Subscription, SubscriptionKey
from api.webhooks.sending import Answer, Sender
from api.webhooks.service import activate_subscription
from api.webhooks.signing import Keys, Signer

LEASE = timedelta(seconds=30)
IN_FLIGHT = 512
RECORD_BATCH = 200
BATCH_SECONDS = 0.01
_OWN = {
    "verification": events.VERIFICATION,
    "test": events.TEST,
    "heartbeat": events.HEARTBEAT,
    "moved": events.MOVED,
}

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
        self._signers: dict[UUID, tuple[list[UUID], Signer]] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[dict[str, Any]] = []
        self._recording = asyncio.Lock()
        self.news = asyncio.Event()
        """Set when attempts have ended, and by whoever knows that something is due."""

    async def step(self) -> int:
        """Records what has ended, claims what is due by the same commit, and starts it. Returns
        how many started."""
        self.news.clear()
        slots = IN_FLIGHT - len(self._sending)
        if slots <= 0:
            await self.record()
            return 0
        messages = await self._turn(slots)
        for message in messages:
            self._start(self._send(message))
        if self._results:
            self.news.set()
        return len(messages)

    async def drain(self) -> None:
        """Waits for everything in flight and records it."""
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        await self.record()

    async def record(self) -> None:
        """Closes the attempts that have ended. What cannot be recorded is sent again."""
        while self._results:
            await self._turn(0)

    async def _turn(self, slots: int) -> list[Message]:
        """One transaction: a batch of attempts that have ended is closed, and what is due is
        claimed, where there are slots for it."""
        async with self._recording, self._runtime.database.session() as session:
            work = UnitOfWork(self._runtime, session, None)
            ended = self._results[:RECORD_BATCH]
            if ended:
                await self._close(work, ended)
            messages = await self._claim(work, slots) if slots else []
            await work.commit()
            del self._results[: len(ended)]
        return messages

    async def _close(self, work: UnitOfWork, ended: list[dict[str, Any]]) -> None:
        given = {"results": to_json(ended).decode(), "full": breaker.FULL}
        closed = await work.run(claims.RECORD, given)
        for each in closed:
            if each.kind == "verification" and each.status == "delivered":
                await activate_subscription(work, each.subscription_id)
        await note_outcomes(work, closed)

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

    async def _claim(self, work: UnitOfWork, slots: int) -> list[Message]:
        """What the same commit tells of endpoints, this must see, and no crash may take back."""
        await work.session.flush()
        waits_for_disk = "off" if work.silent else "on"
        await work.run(claims.TAKE_TURN, {"waits_for_disk": waits_for_disk})
        token = new_id()
        given = {"slots": slots, "token": token, "now": work.now, "until": work.now + LEASE}
        claimed = [each.id for each in await work.run(claims.CLAIM, given)]
        if not claimed:
            return []
        rows = await work.run(_details(), {"claimed": claimed, "now": work.now})
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
        """Anew when the keys are other ones than last time."""
        known = self._signers.get(row.subscription_id)
        if known is not None and known[0] == row.key_ids:
            return
        self._signers.pop(row.subscription_id, None)
        ring, bound = self._runtime.keyring, f"subscriptions|{row.subscription_id}"
        with contextlib.suppress(Undecipherable):  # a failed attempt, that stops no other's
            keys = [
                Keys(
                    ring.decrypt(secret, f"{bound}|secret"),
                    ring.decrypt(private, f"{bound}|private_key"),
                )
                for secret, private in zip(row.secrets, row.private_keys, strict=True)
            ]
            self._signers[row.subscription_id] = row.key_ids, Signer(keys)

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
        self._note_end()

    def _note_end(self) -> None:
        """Attempts are recorded, and their slots used again, by the batch: when half of those in
        flight have ended, or a moment after the first of them. What is newly due waits for none."""
        if len(self._results) * 2 >= len(self._sending):
            self.news.set()
        elif len(self._results) == 1:
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self.news.set)

    async def _attempt(self, message: Message, timestamp: int) -> Answer:
        loopback = self._runtime.settings.allow_loopback_webhooks
        try:
            check_url(message.url, message.domains, loopback_allowed=loopback)
        except Refused:
            return Answer("destination_refused")
        known = self._signers.get(message.subscription_id)
        if known is None:
            return Answer("keys_unreadable")
        headers = known[1].headers(message.message_id, timestamp, message.body)
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
        now = self._runtime.clock.now()
        retry_after = retry.read_retry_after(answer.retry_after, now)
        if not answer.succeeded and message.kind == "heartbeat":
            status = "cancelled"  # the next one says more
        elif not answer.succeeded:
            due = retry.next_attempt(
                message.priority,
                message.attempt,
                message.first_due,
                now,
                chance=random.random(),  # noqa: S311 (jitter, no secret)
                retry_after=retry_after,
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
            "slow_for": None if retry_after is None else int(retry_after.total_seconds()),
        }


@cache
def _details() -> Any:
    """What is sent, with whether the agency may still see it: asked at every attempt. Built when
    it is first needed: by then every domain has registered its resources."""
    readable = readable_now(Delivery.agency_id, Inbox.type, Inbox.resource_type, Inbox.resource_id)
    keys = _live_keys()
    return (
        select(
            Delivery.id, Delivery.kind, Delivery.priority, Delivery.previous, Delivery.attempts,
            Delivery.first_due_at, Delivery.subscription_id,
            func.coalesce(Delivery.url, Subscription.url).label("url"),
            Subscription.last_matched,
            Agency.webhook_domains, keys.c.key_ids, keys.c.secrets, keys.c.private_keys,
            Inbox.position,
            Inbox.event_id, Inbox.type, Inbox.occurred_at, Inbox.family_id, Inbox.resource_type,
            Inbox.resource_id, Inbox.resource_version,
            func.coalesce(readable, literal(False)).label("readable"),
        )
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .join(Agency, Agency.id == Delivery.agency_id)
        .join(keys, true())
        .outerjoin(
            Inbox,
            and_(Inbox.agency_id == Delivery.agency_id, Inbox.position == Delivery.position),
        )
        .where(Delivery.id == any_(bindparam("claimed", type_=ARRAY(Uuid))))
        .order_by(Delivery.priority.desc(), Delivery.attempts, Delivery.position)
    )  # fmt: skip


def _live_keys() -> LateralFromClause:
    """Of a subscription, the newest first; none is no reason to send nothing, but to fail."""

    def newest_first(column: Any) -> Any:
        return func.array_agg(aggregate_order_by(column, SubscriptionKey.created_at.desc()))

    live = or_(
        SubscriptionKey.retires_at.is_(None),
        SubscriptionKey.retires_at > bindparam("now", type_=DateTime(timezone=True)),
    )
    return (
        select(
            newest_first(SubscriptionKey.id).label("key_ids"),
            newest_first(SubscriptionKey.sealed_secret).label("secrets"),
            newest_first(SubscriptionKey.sealed_private_key).label("private_keys"),
        )
        .where(SubscriptionKey.subscription_id == Subscription.id, live)
        .lateral("keys")
    )


def challenge(runtime: Runtime, delivery_id: UUID) -> str:
    return runtime.keyring.sign(delivery_id.bytes, "challenge")


def _echoes(body: bytes, expected: str) -> bool:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(given, dict) and given.get("challenge") == expected
