"""How subscriptions stand, as whoever runs the service sees it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from api.webhooks.fan_out import fan_out
from api.webhooks.observing import observe
from tests.posting import courier_of, subscribed
from tests.receivers import receiver
from tests.service import ROOT
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio


def value(name: str, made: dict[str, Any], **labels: str) -> float | None:
    given = {"subscription": made["id"], **labels}
    return REGISTRY.get_sample_value(f"doorstep_{name}", given)


async def test_what_waits_and_for_how_long_is_measured(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await publish(world, family)
        await observe(world.worker)
        assert value("subscription_behind", made) == 2
        await fan_out(world.worker)
        world.clock.advance(timedelta(seconds=40))
        await observe(world.worker)
        assert value("subscription_behind", made) == 0
        assert value("subscription_waiting", made) == 2
        assert value("subscription_oldest_waiting_seconds", made) == 40
        assert value("subscription_state", made, state="active") == 1
        assert value("subscription_state", made, state="held") == 0
        assert value("heartbeat_age_seconds", made) is not None
    await observe(world.worker)
    assert value("subscription_waiting", made) is None


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"doorstep_\w+", target["expr"])
    }
    known = {
        sample
        for family in REGISTRY.collect()
        for sample in (family.name, f"{family.name}_total", f"{family.name}_bucket")
    }
    assert len(asked) >= 8
    assert asked <= known
