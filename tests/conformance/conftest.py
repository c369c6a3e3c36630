"""One partnership for the walk of a process, with quotas that it does not exhaust."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.foundation.embedded import Cluster
from api.foundation.quotas import Quota
from tests.conformance import (
    agency_calls,
    agreement_calls,
    alert_calls,
    audit_calls,
    break_glass_calls,
    calls,
    checking_calls,
    engagement_calls,
    follow_up_calls,
    incident_calls,
    meeting_calls,
    merging_calls,
    outcome_calls,
    overview_calls,
    webhook_calls,
)
from tests.conformance.routes import ENTRIES
from tests.conformance.scene import Scene, set_scene
from tests.conftest import fresh_database
from tests.world import World, open_world

CALLS = (
    agency_calls,
    agreement_calls,
    alert_calls,
    audit_calls,
    break_glass_calls,
    calls,
    engagement_calls,
    follow_up_calls,
    incident_calls,
    checking_calls,
    meeting_calls,
    merging_calls,
    outcome_calls,
    overview_calls,
    webhook_calls,
)
assert {each.__name__ for each in CALLS} <= {each.make.__module__ for each in ENTRIES.values()}

PLENTY = 1_000_000


@asynccontextmanager
async def unhurried_world(urls: dict[str, str]) -> AsyncIterator[World]:
    quotas = {"requests_per_minute": PLENTY, "publishes_per_minute": PLENTY}
    async with open_world(urls, **quotas) as opened:
        opened.runtime.public_quota = Quota.per_minute("public", PLENTY)
        yield opened


@pytest.fixture(scope="package")
def database_urls(cluster: Cluster) -> dict[str, str]:
    return fresh_database(cluster)


@pytest.fixture(scope="package")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> AsyncIterator[World]:
    async with unhurried_world(database_urls) as opened:
        yield opened


@pytest.fixture(scope="package")
async def scene(world: World) -> Scene:
    return await set_scene(world)
