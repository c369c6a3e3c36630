"""What is given up is told to the owner of the alert, where the agency has not learnt of it."""

from datetime import timedelta
from typing import Any

import pytest

from api.webhooks.sending import Answer
from tests.failing import failing
from tests.involving import bookmark, leave, news
from tests.posting import Scripted, courier_of, deliver, rows_of, status_of, subscribed
from tests.receivers import receiver
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


async def given_up(
    world: World, superuser: Any, before_the_last: Any = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A routine alert whose ten attempts failed, and what the owner hears of it."""
    family = await shared_family(world)
    mark = await bookmark(world.health_visiting_system)
    async with (
        receiver() as there,
        courier_of(world, Scripted(Answer("http_5xx", 500))) as failing,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        alert = await publish(world, family, severity="caution")
        await deliver(world, failing)
        row = (await rows_of(superuser, made))[0]
        await superuser.execute(
            "UPDATE deliveries SET attempts = 9, due_at = $2 WHERE id = $1",
            row["id"],
            world.clock.now(),
        )
        if before_the_last is not None:
            await before_the_last(family)
        await deliver(world, failing)
        assert (await rows_of(superuser, made))[0]["status"] == "undeliverable"
        assert await status_of(world.school_system, made) == "active"
        shown = (await world.school_system.get(f"/v1/webhooks/{made['id']}")).json()
        assert shown["progress"]["undeliverable"] == 1
        heard = await news(world.health_visiting_system, mark)
        own = await world.school_system.events()
        assert "webhook.undeliverable" in {each["type"] for each in own}
        world.clock.advance(timedelta(days=3))
        await deliver(world, failing)
    about = [each for each in heard if each["type"] == "alert.undeliverable"]
    assert {each["data"]["resource"]["id"] for each in about} <= {alert["id"]}
    return alert, about


async def test_the_owner_is_told_once(world: World, superuser: Any) -> None:
    _alert, about = await given_up(world, superuser)
    assert len(about) == 1
    noted = await superuser.fetchval(
        "SELECT details ->> 'agency' FROM audit_entries WHERE action = 'alert.undeliverable'"
    )
    assert noted == str(world.agencies["school"].id)


async def test_not_where_the_agency_has_read_of_it(world: World, superuser: Any) -> None:
    async def read(_family: Any) -> None:
        await bookmark(world.school_system)

    _alert, about = await given_up(world, superuser, read)
    assert about == []


async def test_not_where_the_agency_has_left(world: World, superuser: Any) -> None:
    async def go(family: Any) -> None:
        assert (await leave(family, world.school_system)).status_code == 200

    _alert, about = await given_up(world, superuser, go)
    assert about == []


async def test_its_owner_is_told_also_where_it_was_held_meanwhile(
    world: World, superuser: Any
) -> None:
    async with failing(world) as it:
        await it.publish(severity="caution")
        await it.step()
        [row] = await rows_of(superuser, it.subscription)
        query = "UPDATE deliveries SET attempts = 9, due_at = $2 WHERE id = $1"
        await superuser.execute(query, row["id"], world.clock.now())
        mark = await bookmark(world.school_system)
        assert await it.courier.step() == 1
        assert (await it.post("hold")).status_code == 200
        await it.courier.drain()
        [row] = await rows_of(superuser, it.subscription)
        assert (row["status"], (await it.shown())["status"]) == ("undeliverable", "held")
        told = {each["type"] for each in await news(world.school_system, mark)}
        assert {"webhook.held", "webhook.undeliverable"} <= told
