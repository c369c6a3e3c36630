"""Claim (commit), send outside any transaction, record (commit), as for messages.

A claim is a lease with a fencing token, longer than an attempt may take: what a killed worker had
claimed is due again when it runs out, and judged again, since it may no longer be so.
"""

import asyncio
import random
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.foundation import metrics
from api.foundation.ids import new_id
from api.journal.priorities import Priority
from api.journal.runtime import Runtime
from api.webhooks import retry
from api.webhooks.mails import claims
from api.webhooks.mails.rules import LATELY, Standing, quiet_until, still_holds
from api.webhooks.mails.sending import REFUSED, SENT, Mailer
from api.webhooks.mails.writing import write

LEASE = timedelta(seconds=60)
KEEP = timedelta(days=7)
BATCH = 8

log = structlog.get_logger("mails")


class Postman:
    """Sends the mails that are due."""

    def __init__(self, runtime: Runtime, mailer: Mailer) -> None:
        self._runtime = runtime
        self._mailer = mailer

    async def step(self) -> int:
        """One batch. Returns how many were due: 0 when there is nothing to do."""
        token = new_id()
        due, leaving = await self._claim(token)
        await asyncio.gather(*(self._send(mail, token) for mail in leaving))
        return due

    async def _claim(self, token: UUID) -> tuple[int, list[Any]]:
        now = self._runtime.clock.now()
        given = {"now": now, "lately": now - LATELY, "batch": BATCH}
        leaving: dict[UUID, Any] = {}
        async with self._runtime.database.session() as session:
            await session.execute(claims.TAKE_TURN)
            due = (await session.execute(claims.DUE, given)).all()
            for mail in due:
                if mail.subscription_id not in leaving and await self._may_leave(session, mail):
                    lease = {"id": mail.id, "token": token, "until": now + LEASE}
                    await session.execute(claims.LEASE, lease)
                    leaving[mail.subscription_id] = mail
            await session.commit()
        return len(due), list(leaving.values())

    async def _may_leave(self, session: AsyncSession, mail: Any) -> bool:
        now = self._runtime.clock.now()
        standing = Standing(**{each.name: getattr(mail, each.name) for each in fields(Standing)})
        until = quiet_until(standing)
        if not still_holds(standing):
            await session.execute(claims.SUPERSEDE, {"id": mail.id, "now": now})
        elif until is not None and until > now:
            await session.execute(claims.POSTPONE, {"id": mail.id, "until": until})
        else:
            return True
        return False

    async def _send(self, mail: Any, token: UUID) -> None:
        message = write(
            mail,
            sender=self._mailer.sender,
            base_url=self._runtime.settings.base_url,
            now=self._runtime.clock.now(),
        )
        outcome = await self._mailer.send(message)
        metrics.MAIL_ATTEMPTS.labels(outcome).inc()
        log.info(
            "mail",
            subscription_id=str(mail.subscription_id),
            attempt=mail.attempt,
            outcome=outcome,
        )
        await self._record(mail, token, outcome)

    async def _record(self, mail: Any, token: UUID, outcome: str) -> None:
        now = self._runtime.clock.now()
        due = retry.next_attempt(
            Priority.ROUTINE,
            mail.attempt,
            mail.queued_at,
            now,
            chance=random.random(),  # noqa: S311 (jitter, no secret)
        )
        status = "waiting"
        if outcome == SENT:
            status = "sent"
        elif outcome == REFUSED or due is None:
            status = "given_up"
        given = {"id": mail.id, "token": token, "status": status, "due_at": due, "now": now}
        async with self._runtime.database.session() as session:
            held = (await session.execute(claims.RECORD, given)).first() is not None
            await session.commit()
        if held and status == "given_up":
            metrics.MAILS_GIVEN_UP.inc()
            log.warning("mail_given_up", subscription_id=str(mail.subscription_id), outcome=outcome)


async def forget_mails(runtime: Runtime) -> None:
    """Those of a week ago, but for the ones that a trouble is still to be compared with."""
    async with runtime.database.session() as session:
        await session.execute(claims.FORGET, {"before": runtime.clock.now() - KEEP})
        await session.commit()
