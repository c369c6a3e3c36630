"""A subscription that fails, and the mailbox of the agency that owns it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.webhooks.mails.delivery import Postman
from api.webhooks.mails.sending import Mailer
from api.webhooks.sending import Answer
from tests.failing import BROKEN, OK, Failing, failing
from tests.mailboxes import Mailbox, mailbox
from tests.world import World, etag

TO = "integration@school.example.org"
PATIENCE, LEASE_RAN_OUT = timedelta(minutes=5), timedelta(seconds=61)
GONE = Answer("http_4xx", 410)


@dataclass
class Mailed:
    """A subscription that fails, and the mailbox of its agency."""

    world: World
    it: Failing
    there: Mailbox
    postman: Postman

    async def post(self) -> list[str]:
        """What has come by mail once everything that is due has left, and not before."""
        before = len(self.there.letters)
        while await self.postman.step():
            pass
        return [each.subject.rpartition("hook at 127.0.0.1 ")[2] for each in self._since(before)]

    def _since(self, count: int) -> Any:
        return self.there.letters[count:]

    async def degrade(self) -> None:
        self.it.script.answer = BROKEN
        await self.it.publish(5)
        while await self.it.step():
            pass

    async def recover(self) -> None:
        self.it.script.answer = OK
        self.world.clock.advance(timedelta(seconds=20))  # so that a probe is due
        await self.it.publish(3)
        while await self.it.step():
            pass

    async def rows(self, superuser: Any) -> list[tuple[str, str, int]]:
        query = "SELECT * FROM webhook_mails WHERE subscription_id = $1 ORDER BY queued_at, id"
        found = await superuser.fetch(query, UUID(self.it.subscription["id"]))
        return [(each["about"], each["status"], each["attempts"]) for each in found]

    async def due_at(self, superuser: Any) -> datetime:
        query = "SELECT due_at FROM webhook_mails WHERE subscription_id = $1"
        found: datetime = await superuser.fetchval(query, UUID(self.it.subscription["id"]))
        return found


async def set_mailbox(world: World, to: str | None) -> None:
    path = f"/v1/agencies/{world.agencies['school'].id}"
    present = (await world.owen.get(path)).json()
    answer = await world.owen.patch(path, {"webhook_email": to}, headers=etag(present))
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def mailed(world: World, answer: Answer = OK) -> AsyncIterator[Mailed]:
    await set_mailbox(world, TO)
    async with mailbox() as there, failing(world, answer) as it:
        mailer = Mailer(there.address(), "doorstep@example.org")
        yield Mailed(world, it, there, Postman(world.worker, mailer))
