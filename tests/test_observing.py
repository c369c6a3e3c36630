"""How subscriptions stand, as whoever runs the service sees it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from api.webhooks.fan_out import fan_out
from api.webhooks.observing import STATES, observe
from api.webhooks.sending import Answer
from tests.posting import Scripted, courier_of, deliver, subscribed
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
    assert asked <= known
    assert {
        "doorstep_delivery_seconds_bucket",
        "doorstep_subscription_oldest_waiting_seconds",
        "doorstep_subscription_state",
        "doorstep_delivery_attempts_total",
        "doorstep_subscription_behind",
        "doorstep_heartbeat_age_seconds",
    } <= asked


async def test_no_label_grows_without_end(world: World) -> None:
    """Nothing a receiver says names a series: outcomes are ours, subscriptions those there are."""
    family = await shared_family(world)
    odd = Answer("http_9xx", 999, retry_after="\u2603")
    async with (
        receiver() as there,
        courier_of(world) as courier,
        courier_of(world, Scripted(odd)) as answered,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, answered)
        await observe(world.worker)
        rows = await world.school_system.get("/v1/webhooks")
        mine = {each["id"] for each in rows.json()["items"]}
        assert made["id"] in mine
    await observe(world.worker)
    labels = {
        name: {sample.labels[name] for family in REGISTRY.collect() for sample in family.samples
               if family.name.startswith("doorstep_") and name in sample.labels}
        for name in ("subscription", "outcome", "priority", "state")
    }  # fmt: skip
    assert made["id"] not in labels["subscription"]
    assert labels["priority"] <= {"urgent", "routine"}
    assert labels["state"] <= set(STATES)
    assert all(re.fullmatch("[a-z_]+|http_[0-9]xx", each) for each in labels["outcome"])
