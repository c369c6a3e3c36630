"""What ended and could not be recorded in time, such as while the database was away: it is sent
again, and of the two results only that of who holds the lease counts."""

import pytest

from api.webhooks import delivery
from api.webhooks.fan_out import fan_out
from api.webhooks.sending import Answer
from tests.posting import LEASE_RAN_OUT, Scripted, courier_of, log_of, sent, subscribed
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_a_late_result_is_not_counted_beside_the_one_that_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await shared_family(world)
    scripted = Scripted(Answer("http_5xx", 500))
    async with (
        receiver() as there,
        courier_of(world) as another,
        courier_of(world, scripted) as courier,
        subscribed(world, world.school_system, there, courier=another) as made,
    ):
        for _ in range(2):
            await publish(world, family)
        await fan_out(world.worker)
        assert await courier.step() == 2
        await sent(courier)
        world.clock.advance(LEASE_RAN_OUT)
        assert await courier.sweep() == 2
        scripted.answer = Answer("delivered", 200)
        monkeypatch.setattr(delivery, "RECORD_BATCH", 1)  # more had ended than one batch holds
        assert await courier.step() == 2
        await sent(courier)
        monkeypatch.undo()
        await courier.record()
        log = await log_of(world.school_system, made)
        made_of_each = [[each["outcome"] for each in entry["attempts"]] for entry in log]
        assert made_of_each == [["delivered"], ["delivered"]]
