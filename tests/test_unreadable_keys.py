"""Another encryption key than the one that things were encrypted with stops only what needs it."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.posting import courier_of, deliver, log_of, subscribed
from tests.receivers import receiver
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
