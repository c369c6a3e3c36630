"""A subscription whose receiver fails as a test tells it to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, subscribed
from tests.receivers import receiver
from tests.world import Caller, World, publish, shared_family

OK, BROKEN = Answer("delivered", 200), Answer("http_5xx", 500)


@dataclass
class Failing:
    """A subscription of the school's whose receiver answers as the script says."""

    world: World
    script: Scripted
    courier: Courier
    subscription: dict[str, Any]
    family: dict[str, Any]

    async def publish(self, count: int = 1, **changes: Any) -> list[str]:
        return [(await publish(self.world, self.family, **changes))["id"] for _ in range(count)]

    async def step(self) -> int:
        """One round of claims, sent and recorded."""
        await fan_out(self.world.worker)
        started = await self.courier.step()
        await self.courier.drain()
        return started

    async def shown(self) -> dict[str, Any]:
        answer = await self.world.school_system.get(f"/v1/webhooks/{self.subscription['id']}")
        return answer.json()

    async def health(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.shown())["health"]
        return found

    async def move_to_probe(self) -> None:
        at = (await self.health())["next_probe_at"]
        self.world.clock.move_to(datetime.fromisoformat(at))

    async def post(self, verb: str, who: Caller | None = None) -> httpx.Response:
        path = f"/v1/webhooks/{self.subscription['id']}"
        version = (await self.shown())["version"]
        headers = {"If-Match": f'"{version}"'}
        return await (who or self.world.school_system).post(f"{path}/{verb}", headers=headers)


@asynccontextmanager
async def failing(world: World, answer: Answer = BROKEN) -> AsyncIterator[Failing]:
    family = await shared_family(world)
    script = Scripted(answer)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, script) as scripted,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        yield Failing(world, script, scripted, made, family)
