"""Claim (commit), send outside any transaction, record the attempt (by the commit of a claim).

A claim is a lease of 30 seconds with a fencing token: an attempt is recorded only by who still
holds it, and what a killed worker had claimed is due again when its lease runs out.
"""

import asyncio
import random
import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import TextClause

from api.foundation import metrics
from api.foundation.ids import new_id
from api.foundation.json import to_json
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.webhooks import breaker, claims, retry
from api.webhooks.accounting import account_for
from api.webhooks.destinations import Refused, check_url
from api.webhooks.health import note_outcomes
from api.webhooks.messages import Composer, Message, challenge
from api.webhooks.sending import Answer, Sender
from api.webhooks.service import activate_subscription, lock_subscriptions

LEASE = timedelta(seconds=30)
IN_FLIGHT = 512
RECORD_BATCH = 200
FAILED_AT_MOST = 8
BATCH_SECONDS = 0.02

log = structlog.get_logger("webhooks")


class Courier:
    """Sends what is due, as many as there are slots, and records what came of it."""

    def __init__(self, runtime: Runtime, sender: Sender, epoch: UUID) -> None:
        self._runtime = runtime
        self._sender = sender
        self._composer = Composer(runtime, epoch)
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[dict[str, Any]] = []
        self._apart: list[dict[str, Any]] = []
        self._recording = asyncio.Lock()
        self._moment: asyncio.TimerHandle | None = None
        self.news = asyncio.Event()
        """Set when attempts have ended, and by whoever knows that something is due."""

    async def step(self) -> int:
        """Records what has ended, claims what is due by the same commit, and starts it. Returns
        how many started."""
        self.news.clear()
        if self._moment is not None:
            self._moment.cancel()
            self._moment = None
        slots = IN_FLIGHT - len(self._sending)
        if slots <= 0:
            await self.record()
            return 0
        while (claimed := await self._turn(slots)) is None:
            continue
        for row in claimed:
            self._start(row)
        if self._results:  # ended meanwhile
            self._note_end()
        return len(claimed)

    async def drain(self) -> None:
        """Waits for everything in flight and records it."""
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        await self.record()
        await self.record_apart()

    async def record(self) -> None:
        """Closes the attempts that have ended. What cannot be recorded is sent again."""
        while self._results:
            await self._turn(0)

    async def record_apart(self) -> None:
        """Closes one by one what could not be recorded with others: what waits for somebody's lock,
        or can never be recorded, stops nothing else. Who has lost the lease is past recording."""
        failed = 0
        for each in list(self._apart):
            self._apart.remove(each)
            if self._runtime.clock.now() - each["started_at"] > LEASE:
                continue
            try:
                await self._commit([each], 0, claims.WAIT_BRIEFLY)
            except Exception as error:  # tried again, after the others
                self._apart.append(each)
                failed += 1
                log.warning("not_recorded", error_type=type(error).__name__)
            if failed == FAILED_AT_MOST:
                return

    async def sweep(self) -> int:
        """Makes due again what a worker had claimed and never recorded."""
        async with self._runtime.database.session() as session:
            swept = list(await session.scalars(claims.SWEEP, {"now": self._runtime.clock.now()}))
            await session.commit()
        return len(swept)

    async def break_off(self) -> int:
        """Stops what is on its way to whoever was suspended, held or moved meanwhile. It is due
        again when its lease runs out."""
        flying = {UUID(each.get_name()): each for each in self._sending}
        if not flying:
            return 0
        async with self._runtime.database.session() as session:
            barred = list(await session.scalars(claims.BARRED, {"flying": list(flying)}))
        for each in barred:
            flying[each].cancel()
        return len(barred)

    async def _turn(self, slots: int) -> list[Any] | None:
        """One transaction: a batch of attempts that have ended is closed, and what is due is
        claimed. Not by one that tells others of something: it waits for the disk, and for their
        inboxes, and whoever has the turn to claim is waited for by every worker."""
        async with self._recording:
            ended = self._results[:RECORD_BATCH]
            try:
                claimed = await self._commit(ended, slots)
            except Exception:
                if not ended:
                    raise
                self._apart += ended  # whatever it was, others are sent to meanwhile
                claimed = None
            del self._results[: len(ended)]
        return claimed

    async def _commit(
        self, ended: list[dict[str, Any]], slots: int, first: TextClause | None = None
    ) -> list[Any] | None:
        async with self._runtime.database.session() as session:
            if first is not None:
                await session.execute(first)
            work = UnitOfWork(self._runtime, session, None)
            if ended:
                await self._close(work, ended)
            claimed = await self._claim(work, slots) if slots and work.silent else None
            await work.commit()
        return claimed

    async def _close(self, work: UnitOfWork, ended: list[dict[str, Any]]) -> None:
        verified = {each["verified"] for each in ended} - {None}
        if verified:  # before its delivery, as whoever changes its address does
            await lock_subscriptions(work, verified)
        given = {"results": to_json(ended).decode(), "full": breaker.FULL}
        closed = await work.run(claims.RECORD, given)
        for each in closed:
            if each.kind == "verification" and each.status == "delivered":
                await activate_subscription(work, each.subscription_id)
        await note_outcomes(work, closed)
        await account_for(work, closed)

    async def _claim(self, work: UnitOfWork, slots: int) -> list[Any]:
        await work.session.flush()  # how endpoints are by now
        await work.run(claims.TAKE_TURN, {})
        now = self._runtime.clock.now()  # a lease begins when the turn has come
        given = {"slots": slots, "in_flight": IN_FLIGHT, "token": new_id(), "now": now}
        claimed = [each.id for each in await work.run(claims.CLAIM, given | {"until": now + LEASE})]
        if not claimed:
            return []
        return await work.run(claims.details(), {"claimed": claimed, "now": now})

    def _start(self, row: Any) -> None:
        try:
            message = self._composer.message(row)
        except Exception as error:  # this one is due again; others are sent
            log.error("not_composed", delivery_id=str(row.id), error_type=type(error).__name__)
            return
        task = asyncio.create_task(self._send(message), name=str(message.id))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, message: Message) -> None:
        started, clock = self._runtime.clock.now(), time.perf_counter()
        answer = await self._answer(message, int(started.timestamp()))
        duration = int((time.perf_counter() - clock) * 1000)
        metrics.ATTEMPTS.labels(message.priority, answer.outcome).inc()
        if answer.succeeded and message.kind == "event" and not message.replayed:
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
        """Attempts are recorded, and their slots used again, by the batch: when half of them have
        ended, or a moment after the first. What is newly due waits for no batch."""
        if len(self._results) >= len(self._sending):
            self.news.set()
        elif self._moment is None:
            loop = asyncio.get_running_loop()
            self._moment = loop.call_later(BATCH_SECONDS, self.news.set)

    async def _answer(self, message: Message, timestamp: int) -> Answer:
        try:
            return await self._attempt(message, timestamp)
        except Exception as error:  # whatever it was, it is tried again as any other failure
            log.error("not_sent", delivery_id=str(message.id), error_type=type(error).__name__)
            return Answer("internal_error")

    async def _attempt(self, message: Message, timestamp: int) -> Answer:
        loopback = self._runtime.settings.allow_loopback_webhooks
        if _is_refused(message.url, message.domains, loopback):
            return Answer("destination_refused")
        if message.signer is None:
            return Answer("keys_unreadable")
        headers = message.signer.headers(message.message_id, timestamp, message.body)
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
        retry_after = retry.bounded_retry_after(answer.retry_after, now)
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
            "withheld": message.withheld,
            "verified": message.subscription_id if message.kind == "verification" else None,
            "slow_for": None if retry_after is None else int(retry_after.total_seconds()),
        }


@lru_cache(1000)
def _is_refused(url: str, domains: tuple[str, ...], loopback_allowed: bool) -> bool:
    """Asked at every attempt: by what the agency's domains are then."""
    try:
        check_url(url, domains, loopback_allowed=loopback_allowed)
    except Refused:
        return True
    return False


def _echoes(body: bytes, expected: str) -> bool:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(given, dict) and given.get("challenge") == expected
