"""Another encryption key than the one that things were encrypted with stops only what needs it."""

import contextlib
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from api.server import CannotStart, check_keys
from api.settings import Settings
from api.webhooks import messages
from api.webhooks.fan_out import fan_out
from tests.posting import LEASE_RAN_OUT, courier_of, deliver, log_of, rows_of, subscribed
from tests.receivers import receiver
from tests.rotating import LOST, NEW, OLD, restarted, spelt
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

OTHER_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="


def test_the_api_does_not_start_with_another_encryption_key(database_urls: dict[str, str]) -> None:
    environment = {
        **os.environ,
        "DOORSTEP_DATABASE_URL": database_urls["doorstep_api"],
        "DOORSTEP_ENCRYPTION_KEY": OTHER_KEY,
    }
    refused = subprocess.run(
        [sys.executable, "-m", "api", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "DOORSTEP_ENCRYPTION_KEY is not the one" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(("keys", "starts"), [((NEW, OLD), True), ((NEW, LOST), False)])
async def test_the_api_starts_where_the_key_is_among_the_others(
    world: World, keys: tuple[bytes, bytes], starts: bool
) -> None:
    settings = Settings.model_validate(
        {"encryption_key": spelt(keys[0]), "other_encryption_keys": spelt(keys[1])}
    )
    expected = contextlib.nullcontext() if starts else pytest.raises(CannotStart, match="not name")
    with expected:
        await check_keys(settings, world.urls["doorstep_api"])


async def test_what_a_worker_without_the_key_could_not_send_is_sent_by_one_that_has_it(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        courier_of(world) as courier,
        receiver() as there,
        subscribed(world, world.police_system, there, courier=courier) as made,
        restarted(world, NEW) as ignorant,
        restarted(world, NEW, OLD) as knowing,
    ):
        await publish(world, family)
        async with courier_of(ignorant) as unable:
            await deliver(ignorant, unable)
        assert there.types == []
        world.clock.advance(timedelta(minutes=1))
        async with courier_of(knowing) as able:
            await deliver(knowing, able)
        assert there.types == ["alert.published"]
        entry = (await log_of(world.police_system, made))[0]
        outcomes = [each["outcome"] for each in entry["attempts"]]
        assert sorted(outcomes) == ["delivered", "keys_unreadable"]


async def test_a_subscription_whose_keys_cannot_be_read_delays_no_other(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        courier_of(world) as courier,
        receiver() as broken,
        receiver() as healthy,
        subscribed(world, world.police_system, broken, courier=courier) as unreadable,
        subscribed(world, world.school_system, healthy, courier=courier),
        courier_of(world) as another,
    ):
        await superuser.execute(
            "UPDATE subscription_keys SET sealed_secret = 'altered' WHERE subscription_id = $1",
            unreadable["id"],
        )
        await publish(world, family)
        await deliver(world, another)
        assert healthy.types == ["alert.published"]
        assert broken.types == []
        entry = (await log_of(world.police_system, unreadable))[0]
        assert entry["status"] == "pending"
        assert [each["outcome"] for each in entry["attempts"]] == ["keys_unreadable"]


async def test_nothing_is_sent_unsigned_and_who_has_no_keys_delays_no_other(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    async with (
        courier_of(world) as courier,
        receiver() as keyless,
        receiver() as healthy,
        subscribed(world, world.police_system, keyless, courier=courier) as without,
        subscribed(world, world.school_system, healthy, courier=courier),
    ):
        await superuser.execute(
            "UPDATE subscription_keys SET retires_at = created_at WHERE subscription_id = $1",
            without["id"],
        )
        await publish(world, family)
        await deliver(world, courier)
        assert (keyless.types, healthy.types) == ([], ["alert.published"])
        entry = (await log_of(world.police_system, without))[0]
        assert [each["outcome"] for each in entry["attempts"]] == ["keys_unreadable"]
        await superuser.execute(
            "UPDATE subscription_keys SET retires_at = NULL WHERE subscription_id = $1",
            without["id"],
        )


async def test_what_cannot_be_composed_delays_no_other(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await shared_family(world)
    async with (
        courier_of(world) as courier,
        receiver() as there,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(3):
            await publish(world, family)
        await fan_out(world.worker)
        [first, *_] = await rows_of(superuser, made)
        compose = messages.render

        def unable(row: Any, **given: Any) -> dict[str, Any]:
            if row.position == first["position"]:
                raise KeyError("no such type")
            return compose(row, **given)

        monkeypatch.setattr(messages, "render", unable)
        await deliver(world, courier)
        states = [each["status"] for each in await rows_of(superuser, made)]
        assert states == ["sending", "delivered", "delivered"]
        monkeypatch.undo()
        world.clock.advance(LEASE_RAN_OUT)
        await courier.sweep()
        await deliver(world, courier)
        assert len(there.events) == 3
