"""Checkpoints made, kept and shown again, as a worker and an agency do it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from api.audit.service import make_checkpoint
from tests.tampering import seal_all
from tests.world import World, shared_family

DAY = timedelta(days=1)


async def something_sealed(world: World) -> None:
    await shared_family(world)
    await seal_all(world)


async def checkpoint(world: World) -> dict[str, Any]:
    """A day later, something has happened and the worker came by: what an agency keeps of it."""
    world.clock.advance(DAY)
    await something_sealed(world)
    made = await make_checkpoint(world.worker)
    assert made is not None
    return await kept(world, made)


async def kept(world: World, checkpoint_id: UUID | str) -> dict[str, Any]:
    answer = await world.police_system.get(f"/v1/audit/checkpoints/{checkpoint_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def all_kept(world: World) -> list[dict[str, Any]]:
    answer = await world.police_system.get("/v1/audit/checkpoints", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def at(world: World, *moment: int) -> None:
    """Sets the clock to a time in UTC that lies ahead."""
    wanted = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert wanted > world.clock.now()
    world.clock.advance(wanted - world.clock.now())
