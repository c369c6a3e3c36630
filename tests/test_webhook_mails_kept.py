"""For how long mails are kept."""

from datetime import timedelta
from typing import Any

import pytest

from api.webhooks.mails.delivery import KEEP, forget_mails
from tests.mailing import mailed
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_mails_are_kept_for_a_week_and_as_long_as_the_trouble_they_told_of(
    world: World, superuser: Any
) -> None:
    async with mailed(world) as its:
        await its.it.publish(5)
        await its.it.post("hold")
        await its.post()
        world.clock.advance(KEEP + timedelta(days=30))
        await forget_mails(world.worker)
        assert await its.rows(superuser) == [("held", "sent", 1)]
        await its.it.post("resume")
        while await its.it.step():
            pass
        await forget_mails(world.worker)
        assert await its.post() == ["works again"]
        await forget_mails(world.worker)
        assert await its.rows(superuser) == [("recovered", "sent", 1)]
        world.clock.advance(KEEP + timedelta(seconds=1))
        await forget_mails(world.worker)
        assert await its.rows(superuser) == []


async def test_what_nobody_has_sent_is_not_kept_for_ever(world: World, superuser: Any) -> None:
    """Such as where no mail server is set."""
    async with mailed(world) as its:
        await its.it.post("hold")
        world.clock.advance(KEEP + timedelta(seconds=1))
        await forget_mails(world.worker)
        assert await its.rows(superuser) == []
