"""The delivering half of a worker, one step at a time, and subscriptions for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from api.events.queries import epoch_of
from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer, Sender
from tests.messages import complaints
from tests.receivers import Receiver
from tests.world import Caller, World

LEASE_RAN_OUT = timedelta(seconds=31)


@asynccontextmanager
async def courier_of(world: World, sender: Sender | None = None) -> AsyncIterator[Courier]:
    """A courier over the worker's database; what is still in flight at the end is let go."""
    used = sender or Sender(loopback_allowed=True)
    courier = Courier(world.worker, used, await epoch_of(world.worker))
    try:
        yield courier
    finally:
        for task in list(courier._sending):
            task.cancel()
        await asyncio.gather(*courier._sending, return_exceptions=True)
        await used.close()
    if isinstance(used, Scripted):
        assert used.complaints == []


async def deliver(world: World, courier: Courier) -> None:
    """Everything that is due now leaves, and is recorded."""
    while await fan_out(world.worker) + await courier.step():
        await courier.drain()


async def until(condition: Callable[[], Any]) -> None:
    """Waits for what is to come; fails when it does not."""
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """As `until`, for what must be asked of somebody."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def sent(courier: Courier) -> None:
    """Waits for every attempt in flight to end, and records nothing."""
    async with asyncio.timeout(20):
        while courier._sending:
            await asyncio.gather(*courier._sending)


async def subscribe(who: Caller, url: str, event_types: list[str] | None = None) -> dict[str, Any]:
    answer = await who.post("/v1/webhooks", {"url": url, "event_types": event_types or []})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def revoke(who: Caller, subscription: dict[str, Any]) -> None:
    present = await who.get(f"/v1/webhooks/{subscription['id']}")
    if present.json()["status"] == "revoked":
        return
    answer = await who.delete(
        f"/v1/webhooks/{subscription['id']}", headers={"If-Match": present.headers["etag"]}
    )
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def subscribed(
    world: World,
    who: Caller,
    to: Receiver,
    event_types: list[str] | None = None,
    *,
    courier: Courier,
) -> AsyncIterator[dict[str, Any]]:
    """An active subscription whose receiver has seen the challenge and no event yet."""
    subscription = await subscribe(who, to.url, event_types or ["alert.*"])
    await deliver(world, courier)
    present = await who.get(f"/v1/webhooks/{subscription['id']}")
    assert present.json()["status"] == "active"
    to.forget()
    try:
        yield subscription
    finally:
        await revoke(who, subscription)


async def log_of(who: Caller, subscription: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The newest page of the delivery log, but for the challenge."""
    answer = await who.get(f"/v1/webhooks/{subscription['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["items"] if each["kind"] == "event"]


def due_at(delivery: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(delivery["due_at"])


class Scripted(Sender):
    """A sender that notes the order of attempts and answers as it is told, without a network."""

    def __init__(self, answer: Answer = Answer("delivered", 200)) -> None:
        super().__init__(loopback_allowed=True)
        self.answer = answer
        self.posted: list[dict[str, str]] = []
        self.complaints: list[str] = []

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.complaints += complaints(orjson.loads(body), posted=True)
        self.posted.append({"url": url, "body": body.decode(), **headers})
        return self.answer

    @property
    def ids(self) -> list[str]:
        return [each["webhook-id"] for each in self.posted]


async def rows_of(superuser: Any, subscription: dict[str, Any]) -> list[dict[str, Any]]:
    """The deliveries of a subscription's events as they are in the database, in order."""
    query = "SELECT * FROM deliveries WHERE subscription_id = $1 AND kind = 'event'"
    found = await superuser.fetch(f"{query} ORDER BY position", UUID(subscription["id"]))
    return [dict(each) for each in found]


async def status_of(who: Caller, subscription: dict[str, Any]) -> str:
    answer = await who.get(f"/v1/webhooks/{subscription['id']}")
    return str(answer.json()["status"])
